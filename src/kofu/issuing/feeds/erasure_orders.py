"""Who lets old years be erased: a dry run is proposed, two people sign what it counted, the next night carries it out.

The states of an order are a life cycle (`domain.erasure_orders`); that two have signed before it is done is held by a
trigger of the database too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import same_person
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.feeds.domain.erasure_orders import ERASURE_LIFE, ErasureEvent, ErasureState
from kofu.issuing.feeds.purge_years import ErasureReport, purge_years

SIGNATURES_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrder:
    """What is to go, as a dry run counted it, and who has signed."""

    id: int
    before_year: int
    state: ErasureState
    assessments: int
    collections: int
    kept_unpaid: int
    proposed_by: str
    proposed_at: datetime
    signed_by: list[str]
    lapsed: list[str]

    def __post_init__(self) -> None:
        """Turn the stored word into the state it names."""
        object.__setattr__(self, "state", ErasureState(self.state))

    @property
    def is_signed(self) -> bool:
        """Whether two people have signed, whose accounts are what they were: until the night it can lapse."""
        return len(self.signed_by) - len(self.lapsed) >= SIGNATURES_NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneErasure:
    """An erasure on record: what went, what stayed, and when it had reached the files (None: it has not)."""

    before_year: int
    assessments: int
    collections: int
    kept_unpaid: int
    rows_sha256: str
    erased_at: datetime
    on_disk_at: datetime | None
    archived: bool | None


_ORDERS = (
    "SELECT id, before_year, state, assessments, collections, kept_unpaid, proposed_by, proposed_at,"
    " ARRAY(SELECT signed_by FROM issuing_erasure_signature WHERE order_id = issuing_erasure_order.id ORDER BY id)"
    " AS signed_by, ARRAY(SELECT signed_by FROM issuing_erasure_signature WHERE order_id = issuing_erasure_order.id"
    " AND staff_lapsed_at(signed_by, signed_at) IS NOT NULL ORDER BY id) AS lapsed"
    " FROM issuing_erasure_order WHERE municipality_code = %s"
)


def waiting_order(connection: psycopg.Connection, municipality_code: str) -> ErasureOrder | None:
    """Give the order that waits for signatures or for the night, or None."""
    with connection.cursor(row_factory=class_row(ErasureOrder)) as cursor:
        return cursor.execute(f"{_ORDERS} AND state = %s", [municipality_code, ErasureState.PROPOSED]).fetchone()


def done_erasures(connection: psycopg.Connection, municipality_code: str) -> list[DoneErasure]:
    """List the erasures on record, the latest first."""
    with connection.cursor(row_factory=class_row(DoneErasure)) as cursor:
        return cursor.execute(
            "SELECT erasure.retired_before_year AS before_year, assessments_erased AS assessments,"
            " collections_erased AS collections, collections_kept_unpaid AS kept_unpaid, rows_sha256, erased_at,"
            " finished_at AS on_disk_at, archived FROM erasure"
            " LEFT JOIN issuing_erasure_on_disk USING (municipality_code, retired_before_year)"
            " WHERE municipality_code = %s ORDER BY 1 DESC",
            [municipality_code],
        ).fetchall()


def propose(
    connect: Callable[[], psycopg.Connection], acting: Acting, *, profile: Profile, day: date
) -> ErasureOrder | None:
    """Count what would go on `day`, and propose it; None where nothing is due, or an order waits already.

    Raises `OperatorFault` as `purge_years` does.
    """
    with connect() as connection:
        if waiting_order(connection, profile.code) is not None:
            return None
    report = purge_years(connect, profile=profile, day=day, now=acting.clock(), actor=acting.actor, dry_run=True)
    if report.erased is None:
        return None
    with connect() as connection, connection.transaction():
        connection.execute(
            "INSERT INTO issuing_erasure_order (municipality_code, before_year, state, assessments, collections,"
            " kept_unpaid, proposed_by, proposed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                profile.code, report.retired_before_year, ErasureState.PROPOSED, report.erased.assessments,
                report.erased.collections, report.erased.kept_unpaid, acting.actor, acting.clock(),
            ],
        )  # fmt: skip
        acting.record(
            connection, "erasure.propose", "proposed", detail={"retired_before_year": report.retired_before_year}
        )
        return waiting_order(connection, profile.code)


def sign(connection: psycopg.Connection, acting: Acting, municipality_code: str, order_id: int) -> ErasureOrder:
    """Sign an order as `acting.actor`. Raises `OperatorFault` `no_such_order`, `signed_already`."""
    with connection.transaction():
        order = _require(connection, municipality_code, order_id)
        if any(same_person(acting.actor, one) for one in order.signed_by):
            raise OperatorFault("signed_already", "you have signed this erasure; another person's word is needed")
        connection.execute(
            "INSERT INTO issuing_erasure_signature (order_id, signed_by, signed_at) VALUES (%s, %s, %s)",
            [order_id, acting.actor, acting.clock()],
        )
        acting.record(connection, "erasure.sign", "signed", detail={"order": order_id})
        return _require(connection, municipality_code, order_id)


def withdraw(connection: psycopg.Connection, acting: Acting, municipality_code: str, order_id: int) -> None:
    """Take an order back; the timer counts and proposes again. Raises `OperatorFault` `no_such_order`."""
    with connection.transaction():
        _end(connection, _require(connection, municipality_code, order_id), ErasureEvent.WITHDRAW, acting.clock())
        acting.record(connection, "erasure.withdraw", "withdrawn", detail={"order": order_id})


def carry_out(
    connect: Callable[[], psycopg.Connection], acting: Acting, *, profile: Profile, day: date
) -> ErasureReport | None:
    """Erase the rows of a signed order; None where none is signed. The files follow by `erase_on_disk`.

    The years that are due on `day` must be those that were signed. Raises `OperatorFault` `other_years_due`: then the
    order is withdrawn and signed anew, and as `purge_years` does.
    """
    with connect() as connection:
        order = waiting_order(connection, profile.code)
    if order is None or not order.is_signed:
        return None
    report = purge_years(connect, profile=profile, day=day, now=acting.clock(), actor=acting.actor, dry_run=True)
    if report.retired_before_year != order.before_year:
        raise OperatorFault(
            "other_years_due",
            f"years before {order.before_year} were signed, years before {report.retired_before_year} are due;"
            " withdraw the order, a new one is proposed tonight",
        )
    report = purge_years(connect, profile=profile, day=day, now=acting.clock(), actor=acting.actor, dry_run=False)
    with connect() as connection, connection.transaction():
        _end(connection, order, ErasureEvent.CARRY_OUT, acting.clock())
    return report


def _require(connection: psycopg.Connection, municipality_code: str, order_id: int) -> ErasureOrder:
    order = waiting_order(connection, municipality_code)
    if order is None or order.id != order_id:
        raise OperatorFault("no_such_order", "this erasure does not wait: it was carried out or withdrawn")
    return order


def _end(connection: psycopg.Connection, order: ErasureOrder, event: ErasureEvent, at: datetime) -> None:
    connection.execute(
        "UPDATE issuing_erasure_order SET state = %s, ended_at = %s WHERE id = %s AND state = %s",
        [ERASURE_LIFE.after(order.state, event), at, order.id, order.state],
    )
