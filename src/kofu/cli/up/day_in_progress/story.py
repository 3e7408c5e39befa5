"""The day, story by story. What was told is noted, so that a start that was broken off goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg

from kofu.cli.up.day_in_progress import arrears, families, money, old_claims, people, refunds
from kofu.cli.up.day_in_progress.desk import Desk
from kofu.core.errors import KofuError
from kofu.core.profile import Profile
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.profile.rules_in_use import rules_of

#: In this order: what bears on a claim before its money moves, the day's close before the 督促 drawn from it.
STORIES: tuple[tuple[str, Callable[[Desk], None]], ...] = (
    ("滞納整理", arrears.settle_arrears),
    ("滞納繰越", old_claims.carry_over),
    ("宛名の統合", people.propose_to_merge),
    ("前日の収納と締め", money.close_yesterday),
    ("督促", arrears.draw_dunning),
    ("本日のファイル", money.wait_with_todays_files),
    ("減額と過誤納", refunds.assess_lower),
    ("還付の支払", refunds.pay_out),
    ("相続人", families.register_families),
    ("出張所の窓口収納", money.take_cash_at_a_branch),
    ("収納の訂正", money.propose_a_correction),
    ("口座振替", people.register_accounts),
    ("納税管理人・送付先", people.file_who_receives),
    ("見本のファイル", money.lay_samples),
)


class StoriesTold(msgspec.Struct, frozen=True):
    """Which stories were told, and of whom: they are left alone by the others."""

    stories: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def leave_a_day(database: str, profile: Profile, var: Path) -> list[str] | None:
    """Let the demonstration's clerks work at a ledger just taken over; None where that was done before.

    `database`: URL of the ledger's owner. Gives a line for each story that could not be left, and where samples lie.
    """
    note = var / "demo" / "day.json"
    if all_told(note):
        return None
    with psycopg.connect(database, autocommit=True) as connection:
        desk = Desk(
            connection=connection,
            profile=profile,
            rules=rules_of(profile.code, connection),
            ledger=ledger_profile(profile.code),
            layouts=layouts_of(profile),
            samples=var / "samples",
            now=datetime.now(UTC),
        )
        lines = [f"not left there: {line}" for line in leave_stories(desk, note)]
    return [*lines, f"a day in progress; files to try are in {desk.samples}"]


def leave_stories(desk: Desk, note: Path) -> list[str]:
    """Tell every story that was not told yet; give a line for each that could not be, with why.

    A story is told once, whatever came of it: a visitor may have worked on what it left.
    """
    told = msgspec.json.decode(note.read_bytes(), type=StoriesTold) if note.exists() else StoriesTold()
    desk.keep(told.people)
    failed = []
    for name, story in STORIES:
        if name in told.stories:
            continue
        try:
            story(desk)
        except KofuError as error:
            failed.append(f"{name}: {error}")
        told = StoriesTold((*told.stories, name), tuple(sorted(desk.taken)))
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_bytes(msgspec.json.encode(told))
    return failed


def all_told(note: Path) -> bool:
    """Whether the note says that every story was told."""
    told = msgspec.json.decode(note.read_bytes(), type=StoriesTold) if note.exists() else StoriesTold()
    return {name for name, _ in STORIES} <= set(told.stories)
