"""収納 on the desk: yesterday closed with money for nobody in it; today's files waiting, held, and still to take in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from kofu.cli.up.day_in_progress import payment_files as files
from kofu.cli.up.day_in_progress.desk import BRANCH_CLERK, CLERK, SECOND_CLERK, ClaimToPay, Desk
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments import till
from kofu.ledger.payments.batches import Batch, receive
from kofu.ledger.payments.close_day import close_day, state_channel
from kofu.ledger.payments.codecs.convenience_reports import StoreReport
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.payments.files import kind_of, reader_for
from kofu.ledger.payments.post_batch import post_batch
from kofu.ledger.payments.suspense import list_suspense, propose_correction

PAID_DAYS_AGO = 12  # the agency's 確報 comes so long after the payment
ONLINE_DAYS_AGO = 3
ADVISED_DAYS_AGO = 25  # long after its 確報 should have come


def close_yesterday(desk: Desk) -> None:
    """Post what came in yesterday, money for nobody and a slip paid twice among it, and close the day."""
    bought = desk.yesterday - timedelta(days=PAID_DAYS_AGO)
    told = _bought_at_stores(desk, desk.to_pay(6), bought, hour=10, second_store="00000045")
    online = [
        files.paid_online(claim, desk.yesterday - timedelta(days=ONLINE_DAYS_AGO), number)
        for number, claim in enumerate(desk.to_pay(3), start=1)
    ]
    nobody = [
        files.paid_online(claim, desk.yesterday - timedelta(days=ONLINE_DAYS_AGO), 900 + place, notice_number=number)
        for place, (claim, number) in enumerate(zip(desk.to_pay(2), ("9" * 17, "8" * 17), strict=False))
    ]
    stamp = f"{desk.yesterday:%Y%m%d}"
    batches = [
        _received(desk, "convenience", f"kakuho-{stamp}.txt", files.store_file(desk, told), desk.yesterday),
        _received(desk, "electronic", f"denshi-{stamp}.csv", files.online_file(desk, online + nobody), desk.yesterday),
    ]
    rows: Counter[str] = Counter()
    yen: Counter[str] = Counter()
    for batch in batches:
        post_batch(desk.connection, batch.id, rules=desk.rules, acting=desk.acting(SECOND_CLERK))
        rows[batch.channel] += batch.rows
        yen[batch.channel] += batch.total
    for channel in sorted(rows):
        state_channel(
            desk.connection, desk.code, desk.yesterday, Channel(channel),
            rows=rows[channel], total=yen[channel], acting=desk.acting(SECOND_CLERK),
        )  # fmt: skip
    for claim in desk.to_pay(1):
        _advise_long_ago(desk, claim)
    close_day(
        desk.connection, desk.code, desk.yesterday, channels=desk.ledger.channel_rules, acting=desk.acting(SECOND_CLERK)
    )


def wait_with_todays_files(desk: Desk) -> None:
    """Take in today's files: one waits for posting, one is held for a bad row, a cancelled 速報 was confirmed."""
    stamp = f"{desk.today:%Y%m%d}"
    bought = desk.today - timedelta(days=PAID_DAYS_AGO)
    debited = desk.to_pay(4)
    if debited:
        answer = files.bank_answer(desk, debited, desk.yesterday, failed=2)
        _received(desk, "debit_result", f"kekka-{stamp}.txt", answer, desk.today)
    online = [
        files.paid_online(claim, desk.today - timedelta(days=ONLINE_DAYS_AGO), 100 + number)
        for number, claim in enumerate(desk.to_pay(3))
    ]
    for last in online[-1:]:
        bad = files.online_file(desk, online).replace(str(last.amount).encode("ascii"), b"12O00")
        _received(desk, "electronic", f"denshi-{stamp}.csv", bad, desk.today)
    for claim in desk.to_pay(1):
        steps = ((ReportEvent.ADVISE, "sokuho"), (ReportEvent.CANCEL, "torikeshi"), (ReportEvent.CONFIRM, "kakuho"))
        for event, name in steps:
            report = files.reported(desk, claim, bought, event=event, at="120000", store="00000077")
            batch = _received(desk, "convenience", f"{name}-{stamp}.txt", files.store_file(desk, [report]), desk.today)
            post_batch(desk.connection, batch.id, rules=desk.rules, acting=desk.acting(SECOND_CLERK))


def _advise_long_ago(desk: Desk, claim: ClaimToPay) -> None:
    """Post a 速報 the store sent long ago, whose 確報 should have come since."""
    then = replace(desk, now=desk.now - timedelta(days=ADVISED_DAYS_AGO))
    report = files.reported(then, claim, then.today, event=ReportEvent.ADVISE, at="190000", store="00000063")
    name = f"sokuho-{then.today:%Y%m%d}.txt"
    batch = _received(then, "convenience", name, files.store_file(then, [report]), desk.yesterday)
    post_batch(desk.connection, batch.id, rules=desk.rules, acting=then.acting(SECOND_CLERK))


def take_cash_at_a_branch(desk: Desk) -> None:
    """Leave a till of a branch office open, with two entries."""
    batch = till.open_batch(
        desk.connection,
        municipality_code=desk.code,
        office="b05",
        named="桜橋特別出張所",
        is_branch=True,
        acting=desk.acting(BRANCH_CLERK),
    )
    for claim in desk.to_pay(2):
        paid = till.TillEntry(
            notice_number=claim.notice_number,
            installment=claim.installment,
            amount=claim.due,
            received_on=desk.today,
        )
        till.enter(desk.connection, batch.id, paid, acting=desk.acting(BRANCH_CLERK))


def propose_a_correction(desk: Desk) -> None:
    """Propose to take a payment out that a bank says was never made."""
    for suspended in list_suspense(desk.connection, desk.code)[-1:]:
        propose_correction(
            desk.connection,
            suspended.payment_id,
            reason="金融機関から誤入金との連絡（書面あり）",
            acting=desk.acting(CLERK),
        )


def lay_samples(desk: Desk) -> None:
    """Lay files in the inbox that a visitor can take in by hand."""
    desk.samples.mkdir(parents=True, exist_ok=True)
    stamp = f"{desk.today:%Y%m%d}"
    bought = desk.today - timedelta(days=PAID_DAYS_AGO)
    told = _bought_at_stores(desk, desk.to_pay(3), bought, hour=15, second_store="00000031")
    online = [
        files.paid_online(claim, desk.today - timedelta(days=ONLINE_DAYS_AGO), 500 + number)
        for number, claim in enumerate(desk.to_pay(3))
    ]
    laid = {
        f"1-コンビニ確報（二重納付あり）-{stamp}.txt": files.store_file(desk, told),
        f"2-電子納付-{stamp}.csv": files.online_file(desk, online),
        f"3-口座振替結果（資金不足あり）-{stamp}.txt": files.bank_answer(
            desk, desk.to_pay(3), desk.yesterday, failed=1
        ),
    }
    for name, content in laid.items():
        (desk.samples / name).write_bytes(content)


def _bought_at_stores(
    desk: Desk, claims: Sequence[ClaimToPay], on: date, *, hour: int, second_store: str
) -> list[StoreReport | None]:
    """Report slips as paid at one store from `hour` on; the first one in the evening at another store, too."""
    told = [
        files.reported(desk, claim, on, event=ReportEvent.CONFIRM, at=f"{hour}{minute:02d}00", store="00000012")
        for minute, claim in enumerate(claims)
    ]
    twice = [
        files.reported(desk, claim, on, event=ReportEvent.CONFIRM, at="203000", store=second_store)
        for claim in claims[:1]
    ]
    return told + twice


def _received(desk: Desk, kind: str, name: str, content: bytes, booked_on: date) -> Batch:
    found = kind_of(kind)
    return receive(
        desk.connection,
        municipality_code=desk.code,
        channel=found.channel,
        kind=found.code,
        name=name,
        content=content,
        booked_on=booked_on,
        read=reader_for(found, desk.layouts, name=name, processed_on=desk.today, forms=desk.ledger.bank_forms),
        acting=desk.acting(CLERK),
    )
