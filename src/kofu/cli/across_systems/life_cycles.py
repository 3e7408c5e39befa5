"""Draw the life cycles of every system into the docs: `python -m kofu.cli.across_systems.life_cycles docs`.

The page docs/why/life-cycles.md is written whole; on pages that tell of one life cycle only its diagram is. A test
holds what is committed to the tables, and another that no table is left out here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kofu.center.domain.requests import CENTER_REQUEST_LIFE
from kofu.certificates.domain.findings import FINDING_LIFE
from kofu.core.errors import ensure
from kofu.core.life_cycle import LifeCycle, label_of
from kofu.issuing.cases.domain.stops import STOP_LIFE
from kofu.issuing.feeds.domain.erasure_orders import ERASURE_LIFE
from kofu.issuing.feeds.domain.judged_feeds import JUDGED_FEED_LIFE
from kofu.issuing.holds.domain.holds import HOLD_LIFE
from kofu.issuing.requests.domain.states import REQUEST_LIFE
from kofu.kiosk.domain.screens import VISIT_LIFE
from kofu.ledger.addressees.domain.addressees import MERGE_LIFE
from kofu.ledger.arrears.domain.dunning_runs import DUNNING_RUN_LIFE
from kofu.ledger.arrears.domain.events import STAY_LIFE
from kofu.ledger.arrears.domain.proposals import PROPOSAL_LIFE
from kofu.ledger.assessments.domain.received_files import RECEIVED_FILE_LIFE
from kofu.ledger.books.domain.day_decisions import DECISION_LIFE
from kofu.ledger.counter.domain.states import COUNTER_LIFE
from kofu.ledger.debit.domain.direct_debit import MANDATE_LIFE
from kofu.ledger.deliveries.domain.states import DELIVERY_LIFE
from kofu.ledger.feed.domain.held_nights import HELD_NIGHT_LIFE
from kofu.ledger.glyphs.domain.states import GLYPH_LIFE
from kofu.ledger.overpayments.domain.refunds import REFUND_LIFE
from kofu.ledger.payments.domain.batches import BATCH_LIFE
from kofu.ledger.payments.domain.convenience import CONVENIENCE_LIFE
from kofu.ledger.payments.domain.corrections import CORRECTION_LIFE
from kofu.ledger.payments.domain.receipt_cases import RECEIPT_CASE_LIFE
from kofu.ledger.recipients.domain.agents import AGENT_LIFE
from kofu.ledger.recipients.domain.heirs import HEIRS_LIFE, PAYEE_LIFE
from kofu.ledger.recipients.domain.recipients import FORWARDING_LIFE
from kofu.ledger.sent_files.domain.outgoing_files import ANSWER_LIFE
from kofu.platform.audit_months import AUDIT_MONTH_LIFE
from kofu.platform.hold_discards import HOLD_MESSAGE_LIFE
from kofu.registry.domain.releases import RELEASE_LIFE
from kofu.staff.domain.account_changes import ACCOUNT_CHANGE_LIFE
from kofu.staff.domain.emergency_access import EMERGENCY_LIFE

AnyLifeCycle = LifeCycle[Any, Any]

LIFE_CYCLES: Mapping[str, tuple[AnyLifeCycle, ...]] = {
    "issuing (証明書自動交付)": (REQUEST_LIFE, HOLD_LIFE, STOP_LIFE, JUDGED_FEED_LIFE, ERASURE_LIFE),
    "issuing and ledger": (FINDING_LIFE,),
    "ledger and registry": (HOLD_MESSAGE_LIFE,),
    "registry (住民基本台帳)": (RELEASE_LIFE,),
    "ledger (税務情報トータル): money in": (
        BATCH_LIFE,
        CONVENIENCE_LIFE,
        DECISION_LIFE,
        CORRECTION_LIFE,
        RECEIPT_CASE_LIFE,
        RECEIVED_FILE_LIFE,
        MANDATE_LIFE,
        ANSWER_LIFE,
        DELIVERY_LIFE,
    ),
    "ledger: what is owed, and money back": (
        DUNNING_RUN_LIFE,
        PROPOSAL_LIFE,
        STAY_LIFE,
        REFUND_LIFE,
        PAYEE_LIFE,
    ),
    "ledger: people, papers, feeds": (
        MERGE_LIFE,
        HEIRS_LIFE,
        AGENT_LIFE,
        FORWARDING_LIFE,
        COUNTER_LIFE,
        GLYPH_LIFE,
        HELD_NIGHT_LIFE,
    ),
    "the record of every system": (AUDIT_MONTH_LIFE,),
    "the staff of every system": (ACCOUNT_CHANGE_LIFE, EMERGENCY_LIFE),
    "center and kiosk": (CENTER_REQUEST_LIFE, VISIT_LIFE),
}
"""Every life cycle there is, by who lives it."""

EMBEDDED: Mapping[str, AnyLifeCycle] = {
    "why/fail-closed.md": REQUEST_LIFE,
    "how-to/receive-payments.md": BATCH_LIFE,
    "how-to/payment-files.md": CONVENIENCE_LIFE,
}
"""Pages of docs/ whose one diagram is that of a life cycle."""

_DIAGRAM = re.compile(r"```mermaid\n.*?\n```", re.DOTALL)

INTRODUCTION = """\
# Life cycles

Drawn from the tables in the code by `make docs`; do not edit by hand.

Whatever waits for a decision, a file or a second person has one table of (state, event) → state, of one kind
(`kofu.core.life_cycle`). A use case asks it before it changes anything, a screen asks it what to offer. What has no
arrow is refused with the code named here, and nothing is changed. An arrow into the black point at the foot marks an
end, where nothing more is awaited; every other state has a way on. Tests walk every table: each pair of state and event
is either drawn here or refused, each state is reached, no state goes round without an end. The words stored in the
databases are these words and no others.
"""


def life_cycles_page() -> str:
    """Write docs/why/life-cycles.md."""
    parts = [INTRODUCTION]
    for system, cycles in LIFE_CYCLES.items():
        parts.append(f"## {system}\n")
        parts += [_section(cycle) for cycle in cycles]
    return "\n".join(parts)


def with_diagram(page: str, cycle: AnyLifeCycle) -> str:
    """Give a page with its one diagram drawn anew. Raises `InvariantBroken` where it has none, or several."""
    drawn, count = _DIAGRAM.subn(lambda _: _fenced(cycle), page)
    ensure(count == 1, "a page that tells of one life cycle has one diagram")
    return drawn


def write(docs: Path) -> None:
    """Write what is drawn from the tables into a folder docs/."""
    (docs / "why" / "life-cycles.md").write_text(life_cycles_page(), encoding="utf-8")
    for name, cycle in EMBEDDED.items():
        path = docs / name
        path.write_text(with_diagram(path.read_text(encoding="utf-8"), cycle), encoding="utf-8")


def _section(cycle: AnyLifeCycle) -> str:
    words = [f"| `{state.value}` | {label_of(state)} | {_events(cycle, state)} |" for state in cycle.states]
    table = "\n".join(["| state | 状態 | takes |", "|---|---|---|", *words])
    where = f"`{cycle.states.__module__}`; refusal `{cycle.reason}`."
    return f"### {cycle.title}\n\n{where}\n\n{_fenced(cycle)}\n\n{table}\n"


def _events(cycle: AnyLifeCycle, state: Any) -> str:
    return ", ".join(f"`{event.value}`" for event in cycle.events_from(state)) or "nothing more"


def _fenced(cycle: AnyLifeCycle) -> str:
    return f"```mermaid\n{cycle.mermaid()}\n```"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
