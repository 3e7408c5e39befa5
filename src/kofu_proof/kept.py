"""Rules about what was acknowledged, and about money: it is there, and it balances (P9, P12)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from kofu_proof.history import History, Money, Report
from kofu_proof.index import Index
from kofu_proof.violations import Violation


def check_kept(history: History, index: Index) -> Iterator[Violation]:
    """Every acknowledged print result, hold, payment and refund is there."""
    reports = {_key(one) for one in history.reports}
    for event in index.events.get("report_taken", []) if "reports" in history.has else ():
        if (event.request, event.outcome, event.copies, event.yen) not in reports:
            what = "an acknowledged print result is not in the journal"
            yield Violation("kept.report", f"request {event.request}", what, (f"at {event.at}", event.outcome))
    taken = Counter((*_key(one), one.standing) for one in history.reports)
    for key, count in taken.items():
        if count > 1:
            yield Violation("kept.report", f"request {key[0]}", "a print result was taken twice", (f"{count} times",))
    stored = {(hold.hold_id, hold.revision): hold.released for hold in history.holds}
    for event in index.events.get("hold_acknowledged", []) if "holds" in history.has else ():
        if stored.get((event.hold, event.revision)) is not event.released:
            what = "an acknowledged hold is not there"
            yield Violation("kept.hold", f"hold {event.hold}", what, (f"revision {event.revision}", f"at {event.at}"))


def _key(report: Report) -> tuple[str, str, int, int]:
    return report.request_id, report.outcome, report.copies_printed, report.fee_paid


def check_money(history: History, index: Index) -> Iterator[Violation]:
    """Every acknowledged payment and refund is there once, with its yen; every entry balances."""
    if "money" not in history.has:
        return
    by_kind: dict[str, dict[str, list[Money]]] = defaultdict(lambda: defaultdict(list))
    for line in history.money:
        by_kind[line.what][line.id].append(line)
    for what, told in (("payment", "payment_taken"), ("refund", "refund_taken")):
        for event in index.events.get(told, []):
            name = event.payment or event.refund
            kept = by_kind[what].get(name, [])
            if [line.yen for line in kept] != [event.yen]:
                evidence = (f"at {event.at}", f"{len(kept)} kept")
                yield Violation(f"kept.{what}", f"{what} {name}", f"an acknowledged {what} is not there once", evidence)
    for entry, lines in sorted(by_kind["entry"].items()):
        total = sum(line.yen for line in lines)
        if total:
            evidence = (f"{len(lines)} lines", f"{total} yen over")
            yield Violation("money.balanced", f"entry {entry}", "an entry does not balance", evidence)
