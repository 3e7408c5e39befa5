"""A hold that cannot be sent: shown, and discarded by two people with a reason. It never stands before the others.

::

    waiting ─ deliver ─► delivered
       │ refuse (`issuing` answered, and did not take it)
       ▼
    refused ─ propose_discard ─► discard_proposed ─ discard ─► discarded
       │  ▲                            │    └ deliver ─► delivered (the next round was taken)
       │  └──────────── keep ──────────┘
       └ deliver ─► delivered

What `issuing` has not answered is not discarded: it goes out as soon as the line is there again (P7). Of a hold that is
discarded, every message that was not delivered goes with it; the row stays, with who, when and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
import psycopg

from kofu.contracts.issuing import Hold
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.platform.outbox import UNREACHABLE
from kofu.platform.standing_proposals import require_decider

ROWS_MAX = 300
#: What was answered and not taken, of messages neither delivered nor discarded.
REFUSED_ROWS = f"delivered_at IS NULL AND discarded_at IS NULL AND last_failure NOT IN ('', '{UNREACHABLE}')"
NOT_REFUSED = "no refused message of this hold waits for that; look at the list again"


class MessageState(LabelledEnum):
    """Where a message about a hold stands."""

    WAITING = "waiting", "送信待ち"
    REFUSED = "refused", "相手が拒否"
    DISCARD_PROPOSED = "discard_proposed", "破棄の決裁待ち"
    DISCARDED = "discarded", "破棄"
    DELIVERED = "delivered", "送信済"


class MessageEvent(LabelledEnum):
    """What happens to it."""

    DELIVER = "deliver", "送信"
    REFUSE = "refuse", "相手の拒否"
    PROPOSE_DISCARD = "propose_discard", "破棄の起案"
    KEEP = "keep", "破棄の却下"
    DISCARD = "discard", "破棄の決裁"


HOLD_MESSAGE_LIFE = LifeCycle(
    title="発行停止・抑止の送信",
    thing="a message about a hold",
    reason="hold_message_state",
    states=MessageState,
    events=MessageEvent,
    begins=frozenset({MessageState.WAITING}),
    ends=frozenset({MessageState.DELIVERED, MessageState.DISCARDED}),
    table={
        (MessageState.WAITING, MessageEvent.DELIVER): MessageState.DELIVERED,
        (MessageState.WAITING, MessageEvent.REFUSE): MessageState.REFUSED,
        (MessageState.REFUSED, MessageEvent.DELIVER): MessageState.DELIVERED,
        (MessageState.REFUSED, MessageEvent.PROPOSE_DISCARD): MessageState.DISCARD_PROPOSED,
        (MessageState.DISCARD_PROPOSED, MessageEvent.DELIVER): MessageState.DELIVERED,
        (MessageState.DISCARD_PROPOSED, MessageEvent.KEEP): MessageState.REFUSED,
        (MessageState.DISCARD_PROPOSED, MessageEvent.DISCARD): MessageState.DISCARDED,
    },
)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A hold `issuing` answered and did not take. `failure`: a code; `number`: whom it names, or None for a serial."""

    hold_id: str
    kind: str
    number: str | None
    released: bool
    queued_at: datetime
    attempts: int
    failure: str
    proposed_by: str
    reason: str

    @property
    def state(self) -> MessageState:
        """Where it stands."""
        return MessageState.DISCARD_PROPOSED if self.proposed_by else MessageState.REFUSED


def undelivered(connection: psycopg.Connection) -> list[Undelivered]:
    """List the holds that were refused, each once, by its latest message; the oldest first."""
    rows = connection.execute(
        "SELECT DISTINCT ON (hold_id) hold_id, body, queued_at, attempts, last_failure, discard_proposed_by,"
        f" discard_reason FROM hold_outbox WHERE {REFUSED_ROWS} ORDER BY hold_id, revision DESC LIMIT {ROWS_MAX}"
    ).fetchall()
    found = []
    for hold_id, body, queued_at, attempts, failure, proposed_by, reason in rows:
        hold = msgspec.json.decode(bytes(body), type=Hold)
        number = hold.addressee_number
        found.append(
            Undelivered(
                hold_id, hold.kind.value, number, hold.released, queued_at, attempts, failure, proposed_by, reason
            )
        )
    return sorted(found, key=lambda one: one.queued_at)


def refused_message(connection: psycopg.Connection, hold_id: str) -> Hold:
    """Give the latest message of a hold that was refused, for the record of whom it concerns.

    Raises `OperatorFault` `hold_message_state` where none was.
    """
    row = connection.execute(
        f"SELECT body FROM hold_outbox WHERE hold_id = %s AND {REFUSED_ROWS} ORDER BY revision DESC LIMIT 1", [hold_id]
    ).fetchone()
    if row is None:
        raise OperatorFault("hold_message_state", NOT_REFUSED)
    return msgspec.json.decode(bytes(row[0]), type=Hold)


def propose_discard(connection: psycopg.Connection, hold_id: str, *, actor: str, reason: str, now: datetime) -> None:
    """Propose to discard a hold, in the caller's transaction.

    Raises `OperatorFault` `reason_needed`, `reason_long`, `hold_message_state` where it was not refused or is proposed
    already.
    """
    words = require_reason(reason, "discarding a hold names its reason")
    _move(connection, hold_id, MessageEvent.PROPOSE_DISCARD)
    connection.execute(
        "UPDATE hold_outbox SET discard_proposed_by = %s, discard_proposed_at = %s, discard_reason = %s"
        f" WHERE hold_id = %s AND {REFUSED_ROWS}",
        [actor, now, words, hold_id],
    )


def decide_discard(connection: psycopg.Connection, hold_id: str, *, approve: bool, actor: str, now: datetime) -> None:
    """Discard a hold another person proposed to discard, or keep it, in the caller's transaction.

    Raises `OperatorFault` `hold_message_state`, `second_person_needed`, `proposal_lapsed`.
    """
    proposed = _move(connection, hold_id, MessageEvent.DISCARD if approve else MessageEvent.KEEP)
    if approve:
        require_decider(connection, actor, *proposed, what="a hold")
        connection.execute(
            "UPDATE hold_outbox SET discarded_by = %s, discarded_at = %s WHERE hold_id = %s AND delivered_at IS NULL",
            [actor, now, hold_id],
        )
    else:
        connection.execute(
            "UPDATE hold_outbox SET discard_proposed_by = '', discard_proposed_at = NULL, discard_reason = ''"
            " WHERE hold_id = %s AND delivered_at IS NULL",
            [hold_id],
        )


def _move(connection: psycopg.Connection, hold_id: str, event: MessageEvent) -> list[PendingProposal]:
    """Lock the refused messages of a hold and look whether the event can happen; give the proposal to discard it."""
    row = connection.execute(
        f"SELECT discard_proposed_by, discard_proposed_at FROM hold_outbox WHERE hold_id = %s AND {REFUSED_ROWS}"
        " ORDER BY revision DESC LIMIT 1 FOR UPDATE",
        [hold_id],
    ).fetchone()
    state = None if row is None else MessageState.DISCARD_PROPOSED if row[0] else MessageState.REFUSED
    if row is None or state is None or not HOLD_MESSAGE_LIFE.allows(state, event):
        raise OperatorFault("hold_message_state", NOT_REFUSED)
    return [PendingProposal(row[0], row[1])] if row[0] else []
