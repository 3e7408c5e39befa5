"""Rules about the books: they agree with themselves, and every yen lies where the model of what was told has it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

import msgspec

from kofu_proof.history import AuditEntry, History
from kofu_proof.index import Index
from kofu_proof.ledger_model import LedgerModel, model_of
from kofu_proof.ledger_rows import Books, KeptClaim, KeptPayment, KeptShare, KeptTransfer
from kofu_proof.violations import Violation

#: Accounts in which nothing below zero can be, each with the side it grows on and what it is kept by.
NEVER_BELOW: dict[str, tuple[str, tuple[str, ...]]] = {
    "due": ("debit", ("claim",)),
    "interest_due": ("debit", ("claim",)),
    "unallocated": ("credit", ("payment",)),
    "suspense": ("credit", ("payment",)),
    "overpaid": ("credit", ("payment", "claim")),
    "in_error": ("credit", ("payment", "claim")),
    "refundable": ("credit", ("payment", "claim")),
}
#: Columns of a claim's balance: the account that grows by it, and its normal side.
OF_CLAIM = {
    "assessed": ("assessed", "credit"),
    "waived": ("waived", "debit"),
    "written_off": ("written_off", "debit"),
    "interest_assessed": ("interest_assessed", "credit"),
    "interest_waived": ("interest_waived", "debit"),
    "interest_written_off": ("interest_written_off", "debit"),
}
#: What is owed: the columns of a claim and of a share that say how much of it a payment was used for.
PAID = {"due": ("paid", "principal"), "interest_due": ("interest_paid", "interest")}
AT_SHARE = ("overpaid", "in_error", "refundable", "refunded", "lapsed")
_ODD = re.compile(r"[^A-Za-z0-9 _.,:;=#>+()/-]")


def check_books(history: History, _index: Index) -> Iterator[Violation]:
    """Check that the books agree with themselves, and with the record of what was posted."""
    if "books" not in history.has:
        return
    books = history.books
    yield from _sequences(books)
    yield from _steps(books)
    yield from _balances(books)
    yield from _payments(books)
    if "audit" in history.has:
        yield from _on_record(books, history.audit)


def check_told(history: History, _index: Index) -> Iterator[Violation]:
    """Check that every yen lies where the model of what was told has it."""
    if not {"books", "told"} <= history.has:
        return
    model = model_of(history.told)
    for fault in model.faults:
        yield Violation(fault.rule, _plain(fault.where), "what was told cannot be, or not twice", (_plain(fault.what),))
    yield from _kept_payments(history.books, model)
    yield from _claims(history.books, model)
    yield from _where_it_lies(history.books, model)
    yield from _days(history.books, model)


# the books alone ----------------------------------------------------------------------------------------------------


def _sequences(books: Books) -> Iterator[Violation]:
    """Each entry has one place in the order, and no two have the same."""
    entries = {one.entry: one.sequence for one in books.transfers}
    for sequence, times in Counter(entries.values()).items():
        if times > 1:
            yield Violation("books.order", f"sequence {sequence}", "two entries have one place", (f"{times} entries",))
    keys = Counter(one.key for one in books.payments)
    for key, times in keys.items():
        if times > 1:
            yield Violation("books.once", f"payment {_plain(key)}", "a payment stands twice", (f"{times} times",))


def _steps(books: Books) -> Iterator[Violation]:
    """No account is below zero after any movement."""
    stands: Counter[tuple[str, ...]] = Counter()
    broken: set[tuple[str, ...]] = set()
    for one in sorted(books.transfers, key=lambda transfer: transfer.id):
        for account, side in ((one.debit, "debit"), (one.credit, "credit")):
            if account not in NEVER_BELOW:
                continue
            normal, kept_by = NEVER_BELOW[account]
            place = (account, *(str(getattr(one, name)) for name in kept_by))
            stands[place] += one.yen if side == normal else -one.yen
            if stands[place] < 0 and place not in broken:
                broken.add(place)
                evidence = (f"movement {one.id}", f"{stands[place]} yen")
                yield Violation("books.below_zero", " ".join(place), "an account fell below zero", evidence)


def _balances(books: Books) -> Iterator[Violation]:
    """Compare the balances kept of claims and shares with what the movements come to."""
    of_claim: Counter[tuple[int, str]] = Counter()
    of_share: Counter[tuple[str, int, str]] = Counter()
    for one in books.transfers:
        _sum_claim(one, of_claim)
        _sum_share(one, of_share)
    for claim in books.claims:
        for column in (*OF_CLAIM, "paid", "interest_paid"):
            kept, moved = getattr(claim, column), of_claim[claim.id, column]
            if kept != moved:
                evidence = (f"{column} {kept} kept", f"{moved} moved")
                yield Violation("books.balance", f"claim {claim.id}", "a balance is not what was moved", evidence)
    known = {(share.payment, share.claim): share for share in books.shares}
    for payment, at in sorted({(payment, claim) for payment, claim, _ in of_share} | set(known)):
        share = known.get((payment, at))
        for column in ("principal", "interest", *AT_SHARE):
            kept, moved = getattr(share, column, 0), of_share[payment, at, column]
            if kept != moved:
                evidence = (f"{column} {kept} kept", f"{moved} moved")
                where = f"payment {payment} at claim {at}"
                yield Violation("books.balance", where, "a balance is not what was moved", evidence)


def _sum_claim(one: KeptTransfer, sums: Counter[tuple[int, str]]) -> None:
    if one.claim is None:
        return
    for column, (account, normal) in OF_CLAIM.items():
        if account in (one.debit, one.credit):
            grows = getattr(one, normal) == account
            sums[one.claim, column] += one.yen if grows else -one.yen
    for due, (column, _) in PAID.items():
        sums[one.claim, column] += _used_for(due, one)


def _used_for(due: str, one: KeptTransfer) -> int:
    """Give the yen of a payment a movement uses for what is owed; below zero, those it takes from there again."""
    if (one.debit, one.credit) == ("unallocated", due):
        return one.yen
    return -one.yen if (one.debit, one.credit) == (due, "unallocated") else 0


def _sum_share(one: KeptTransfer, sums: Counter[tuple[str, int, str]]) -> None:
    if one.claim is None or one.payment is None:
        return
    for due, (_, column) in PAID.items():
        sums[one.payment, one.claim, column] += _used_for(due, one)
    for account in AT_SHARE:
        if one.credit == account:
            sums[one.payment, one.claim, account] += one.yen
        if one.debit == account:
            sums[one.payment, one.claim, account] -= one.yen


def _payments(books: Books) -> Iterator[Violation]:
    """All that came in by a payment has a place, and there is as much as came in or was taken out by an entry."""
    received: Counter[str] = Counter()
    voided: set[str] = set()
    for one in books.transfers:
        if one.payment is None:
            continue
        if one.debit == "received":
            received[one.payment] += one.yen
        elif one.credit == "received":
            received[one.payment] -= one.yen
            voided.add(one.payment)
    for payment in books.payments:
        where = f"payment {payment.id}"
        came = received[payment.id]
        if came != payment.received or (came != payment.yen and payment.id not in voided):
            evidence = (f"{payment.yen} yen came", f"{came} received", f"{payment.received} kept")
            yield Violation("books.payment", where, "not as much was received as came", evidence)
        lies = payment.allocated + payment.suspense + payment.overpaid + payment.in_error
        lies += payment.refundable + payment.refunded + payment.lapsed
        if lies != payment.received + payment.added:
            both = (f"{payment.received + payment.added} yen are there", f"{lies} lie somewhere")
            yield Violation("books.payment", where, "money of a payment has no place", both)


class _PostedBody(msgspec.Struct):
    """What is read of an entry of the record."""

    action: str
    detail: dict[str, str | int]


def _on_record(books: Books, audit: tuple[AuditEntry, ...]) -> Iterator[Violation]:
    """Every payment of a batch was posted by an entry of the record that counts it (P10)."""
    counted: Counter[str] = Counter()
    for entry in audit:
        if entry.system != "ledger" or '"payments.post"' not in entry.body:
            continue
        body = msgspec.json.decode(entry.body, type=_PostedBody)
        counted[str(body.detail.get("batch", ""))] += int(body.detail.get("payments", 0))
    there = Counter(payment.batch for payment in books.payments if payment.batch)
    for batch in sorted(there.keys() | counted.keys()):
        if there[batch] != counted[batch]:
            evidence = (f"{there[batch]} payments", f"{counted[batch]} on record")
            yield Violation("books.record", f"batch {batch}", "payments and the record of posting differ", evidence)


# against the model ----------------------------------------------------------------------------------------------------


def _kept_payments(books: Books, model: LedgerModel) -> Iterator[Violation]:
    """Every payment that was told is there once, as it was told, and no other."""
    kept: dict[str, list[KeptPayment]] = defaultdict(list)
    for payment in books.payments:
        kept[payment.key].append(payment)
    for key, told in model.paid.items():
        found = kept.pop(key, [])
        where = f"payment {_plain(key)}"
        if not found:
            evidence = (f"{told.yen} yen", f"told at {told.at}")
            yield Violation("books.lost", where, "an acknowledged payment is not there", evidence)
            continue
        if len(found) > 1:
            yield Violation("books.once", where, "an acknowledged payment is there twice", (f"{len(found)} times",))
        if (found[0].yen, found[0].on) != (told.yen, told.on):
            evidence = (f"{told.yen} yen told", f"{found[0].yen} kept")
            yield Violation("books.payment", where, "a payment is not kept as it was told", evidence)
        left = 0 if key in model.gone else told.yen
        if found[0].received != left:
            evidence = (f"{left} yen of the model", f"{found[0].received} kept")
            yield Violation("books.payment", where, "what is left of a payment is another sum", evidence)
        if found[0].suspense != model.suspense.get(key, 0):
            evidence = (f"{model.suspense.get(key, 0)} yen of the model", f"{found[0].suspense} kept")
            yield Violation("books.suspense", where, "another sum is in suspense", evidence)
    for key, found in kept.items():
        yield Violation("books.invented", f"payment {_plain(key)}", "nobody told of it", (f"{found[0].yen} yen",))


def _claims(books: Books, model: LedgerModel) -> Iterator[Violation]:
    """Every claim stands as the model has it."""
    known = {(claim.notice, claim.installment): claim for claim in books.claims}
    for number, notice in model.notices.items():
        for installment, claim in notice.claims.items():
            kept = known.pop((number, installment), None)
            stands = (
                claim.assessed, claim.paid, claim.written_off,
                claim.interest, claim.interest_paid, claim.interest_written_off,
            )  # fmt: skip
            if kept is None or _claim_stands(kept) != stands:
                evidence = (f"model {stands}", f"kept {_claim_stands(kept) if kept else 'none'}")
                where = f"claim {number}/{installment}"
                yield Violation("books.claim", where, "a claim does not stand where the model has it", evidence)


def _claim_stands(kept: KeptClaim) -> tuple[int, ...]:
    return (
        kept.assessed, kept.paid, kept.written_off + kept.waived,
        kept.interest_assessed, kept.interest_paid, kept.interest_written_off + kept.interest_waived,
    )  # fmt: skip


def _where_it_lies(books: Books, model: LedgerModel) -> Iterator[Violation]:
    """Compare what of each payment lies at each claim with what the model has there."""
    keys = {payment.id: payment.key for payment in books.payments}
    claims = {claim.id: (claim.notice, claim.installment) for claim in books.claims}
    kept: dict[tuple[str, str, str], tuple[int, ...]] = {}
    for share in books.shares:
        parts = _share_parts(share)
        if any(parts):
            kept[keys.get(share.payment, ""), *claims.get(share.claim, ("", ""))] = parts
    for key, number, installment, place in model.places():
        parts = place.parts()
        found = kept.pop((key, number, installment), (0,) * len(parts))
        if found != parts:
            evidence = (f"model {parts}", f"kept {found}")
            where = f"payment {_plain(key)} at {number}/{installment}"
            yield Violation("books.place", where, "yen do not lie where the model has them", evidence)
    for (key, number, installment), found in kept.items():
        where = f"payment {_plain(key)} at {number}/{installment}"
        yield Violation("books.place", where, "yen lie where the model has none", (f"kept {found}",))


def _share_parts(share: KeptShare) -> tuple[int, ...]:
    return share.principal, share.interest, share.overpaid, share.in_error, share.refundable, share.refunded


def _days(books: Books, model: LedgerModel) -> Iterator[Violation]:
    """On each 会計日 each channel has the yen that were told, in payments and in entries."""
    told: Counter[tuple[date | None, str]] = Counter()
    for key, paid in model.paid.items():
        told[paid.booked_on, key.partition("/")[0]] += paid.yen
    channel = {payment.id: payment.channel for payment in books.payments}
    entered: Counter[tuple[date | None, str]] = Counter()
    for one in books.transfers:
        if one.kind == "received" and one.debit == "received":
            entered[one.booked_on, channel.get(one.payment or "", "")] += one.yen
    for day in sorted(told.keys() | entered.keys(), key=str):
        if told[day] != entered[day]:
            evidence = (f"{told[day]} yen told", f"{entered[day]} entered")
            yield Violation("books.day", f"day {day[0]} {_plain(day[1])}", "a day's total is another", evidence)


def _plain(text: str) -> str:
    return _ODD.sub("#", text)
