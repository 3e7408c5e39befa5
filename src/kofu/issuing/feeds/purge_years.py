"""Retire fiscal years nobody may have certificates of any more (年度更新時の消去): erased, counted, on record.

The seed demands it twice: 年度更新時に古くなった不要な税情報を消去し、直近4年度分の税情報のみを保管.
What "old" is follows from the profile alone: a year goes when no kind of certificate offers it to anybody, so not on
1 April but when the new year is published for every way of collection.

Unpaid notices of old years stay until they are paid: the arrears rules need them (地方税法施行令6条の21第2項二号), and
losing them would make debtors clean (小樽市, 2016).

Everything is one transaction; a dry run is the same transaction, rolled back. Later loads leave the retired years out.
What is deleted here is still in the files of the database until `erase_on_disk` has written them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from kofu.core.errors import OperatorFault
from kofu.core.kinds import CollectionMethod
from kofu.core.profile import Profile
from kofu.issuing.feeds.erasure_store import Erased, erase_years, newest_standing_year, record_erasure
from kofu.issuing.feeds.feed_store import next_load, try_to_lock
from kofu.platform import audit

LANE = "feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was erased, or would be. `erased` is None where no year is to go."""

    municipality_code: str
    retired_before_year: int
    dry_run: bool
    erased: Erased | None


def oldest_kept_year(profile: Profile, day: date) -> int:
    """Give the oldest fiscal year that any kind of certificate still offers to anybody on `day`.

    Raises `OperatorFault` where the profile offers no year at all: then nothing may be erased.
    """
    offered = [
        year
        for rules in profile.kinds
        for method in (CollectionMethod.SALARY, CollectionMethod.ORDINARY)
        for year in profile.published_years(rules.kind, day, method)
    ]
    if not offered:
        raise OperatorFault("no_year_offered", f"the profile of {profile.code} offers no fiscal year on {day}")
    return min(offered)


def purge_years(
    connect: Callable[[], psycopg.Connection],
    *,
    profile: Profile,
    day: date,
    now: datetime,
    actor: str,
    dry_run: bool,
    again: int | None = None,
) -> ErasureReport:
    """Erase the assessments and paid notices of all fiscal years before the oldest that is kept on `day`.

    All their versions go, those of past generations too. The erasure record and the audit entry are written in the same
    transaction. `again`: the years before this one were erased once and came back with a restored backup; they go
    whatever was published or taken in since. Raises `OperatorFault` where a load is running, or where the
    newest year that is published has no assessment: then the data is older than the profile and nothing is touched.
    """
    cutoff = again or oldest_kept_year(profile, day)
    newest_published = max(
        year for rules in profile.kinds for year in profile.published_years(rules.kind, day, CollectionMethod.ORDINARY)
    )
    with connect() as connection, connection.transaction(force_rollback=dry_run):
        if not try_to_lock(connection, profile.code):
            raise OperatorFault("load_in_progress", "a load of this municipality is running; wait for its end")
        load = next_load(connection, profile.code)
        newest = newest_standing_year(connection, profile.code)
        if again is None and (newest is None or newest < newest_published):
            raise OperatorFault(
                "new_year_missing",
                f"fiscal year {newest_published} is published but its assessments were not taken in yet",
            )
        if cutoff <= load.retired_before_year:
            return ErasureReport(
                municipality_code=profile.code,
                retired_before_year=load.retired_before_year,
                dry_run=dry_run,
                erased=None,
            )
        erased = erase_years(connection, profile.code, cutoff)
        record_erasure(
            connection,
            profile.code,
            cutoff,
            erased,
            data_generation=load.data_generation - 1,
            erased_at=now,
        )
        audit.append(connection, LANE, _entry(profile.code, cutoff, erased, actor, now))
    return ErasureReport(municipality_code=profile.code, retired_before_year=cutoff, dry_run=dry_run, erased=erased)


def _entry(municipality_code: str, cutoff: int, erased: Erased, actor: str, now: datetime) -> audit.AuditEntry:
    return audit.AuditEntry(
        action="erase_years",
        actor=actor,
        result="erased",
        occurred_at=now,
        detail={
            "municipality": municipality_code,
            "retired_before_year": cutoff,
            "assessments": erased.assessments,
            "collections": erased.collections,
            "kept_unpaid": erased.kept_unpaid,
            "rows_sha256": erased.rows_sha256,
        },
    )
