"""滞納 on the desk: 差押, 猶予, 執行停止 in force and waiting, a 不納欠損 to decide, the 督促 of the day to approve."""

from __future__ import annotations

from datetime import timedelta

from kofu.cli.up.day_in_progress.desk import APPROVER, CLERK, Desk
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears.dunning_runs import draw
from kofu.ledger.arrears.events import record_event
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.payments.close_day import closed_day


def settle_arrears(desk: Desk) -> None:
    """Put what bears on old claims on record, each by the people the law asks for; leave two for the approver."""
    long_ago, month_ago = desk.today - timedelta(days=200), desk.today - timedelta(days=30)
    claims = desk.overdue(6, oldest=True)
    stories = (
        (PrescriptionEvent(Happening.SEIZED, long_ago), "預金の差押え", True),
        (
            PrescriptionEvent(
                Happening.GRACE, month_ago, month_ago + timedelta(days=330), ground=DeferralGround.BUSINESS
            ),
            "事業の休止による徴収の猶予（分割納付）",
            True,
        ),
        (PrescriptionEvent(Happening.SUSPENDED, long_ago), "滞納処分をすることができる財産がない", True),
        (PrescriptionEvent(Happening.SEIZED, desk.today), "給与の差押え", False),
        (PrescriptionEvent(Happening.SUSPENDED, desk.today), "生活を著しく窮迫させるおそれ", False),
    )
    for claim, (event, reason, approved) in zip(claims, stories, strict=False):
        if event.happening in {Happening.SEIZED, Happening.SUSPENDED} and event.on <= claim.due_date:
            continue  # a ward without old arrears
        proposed = decide_claims.propose_event(
            desk.connection, claim.claim_id, event, reason=reason, acting=desk.acting(CLERK)
        )
        if approved:
            decide_claims.approve(desk.connection, proposed.decision_id, acting=desk.acting(APPROVER))
    demanded = PrescriptionEvent(Happening.DEMANDED, desk.today)
    for claim in claims[len(stories) :]:
        record_event(desk.connection, claim.claim_id, demanded, reason="催告書の送付", acting=desk.acting(CLERK))


def draw_dunning(desk: Desk) -> None:
    """Draw the list of 督促状 from the day closed this morning; it waits for the approver."""
    draw(
        desk.connection,
        closed_day(desk.connection, desk.code, desk.yesterday),
        issued_on=desk.today,
        channels=desk.ledger.channel_rules,
        rules=desk.ledger.dunning_rules,
        acting=desk.acting(CLERK),
    )
