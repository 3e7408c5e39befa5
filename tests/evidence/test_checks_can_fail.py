"""A check that cannot fail is a defect: each look finds a sound state kept, and its planted fault broken."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.evidence.planted import FURTHER, PLANTED
from tests.evidence.sound import SOUND_ACCOUNT, WARD, Act, PlantedCase, add_account, decided_by_two, under
from tests.issuing.feed_maker import KEYS, UNBOUND, assessment, collection, tax_feed
from tests.ledger.books.settled_long_ago import settled

from kofu.core.calendar import day_in_japan
from kofu.evidence.domain.standing import EvidenceVerdict
from kofu.evidence.ground import EvidenceGround
from kofu.evidence.looking import look
from kofu.evidence.table import promise_table
from kofu.issuing.feeds.import_feed import import_feed
from kofu.ledger.acting.reached_day import reach_day
from kofu.platform.anchoring import place_of
from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_anchor import make_anchor
from kofu.platform.postgres import SystemDatabase, screens_role
from kofu.platform.profiles import load_profile
from kofu.platform.tls import make_development_ca

pytestmark = pytest.mark.storage
PROFILE = replace(load_profile(Path(__file__).parents[2] / "profiles" / "mihon.toml"), code=WARD)
CASES = [(code, *planted) for code, planted in PLANTED.items()] + list(FURTHER)


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    make_development_ca(folder / "tls")
    return folder


@pytest.fixture(scope="module")
def database(system_database, var) -> Callable[[str], SystemDatabase]:
    """Each system's database once, in a sound state; what a test plants in it is rolled back."""

    @functools.cache
    def made(system: str) -> SystemDatabase:
        one = system_database(system)
        with psycopg.connect(one.owner_url) as owner:
            owner.execute("INSERT INTO staff_office (code, name, is_branch) VALUES ('shunou', '収納係', false)")
            add_account(owner, **SOUND_ACCOUNT)
        with pytest.MonkeyPatch.context() as patch, psycopg.connect(one.app_url) as app:
            patch.setenv("KOFU_VAR", str(var))
            append(app, "t", AuditEntry(action="test", actor="kou", result="done", occurred_at=datetime.now(UTC)))
            app.commit()
            make_anchor(app, place_of(system))
        filled.get(system, lambda *_: None)(one, var)
        return one

    filled = {"ledger": _settle, "issuing": _feed}
    return made


def _settle(one: SystemDatabase, _: Path) -> None:
    with psycopg.connect(one.app_url, autocommit=True) as app:
        settled(app, date(2016, 6, 30), number="20160000001")
        settled(app, date(2018, 6, 29), written_off=True, number="20180000001")
        settled(app, date(2026, 6, 30), number="20260000001")
        reach_day(app, day_in_japan(datetime.now(UTC)))


def _feed(one: SystemDatabase, var: Path) -> None:
    feed = tax_feed(
        var / "tax-1",
        [assessment(year=year) for year in range(2023, 2027)],
        [collection("1", year=2021), collection("3", year=2026)],
    )
    import_feed(
        functools.partial(psycopg.connect, one.owner_url),
        feed,
        keys=KEYS,
        municipality_code=WARD,
        now=datetime(2026, 11, 23, 20, tzinfo=UTC),
        actor="test",
        judging=UNBOUND,
    )


def database_of(one: SystemDatabase) -> str:
    return str(conninfo_to_dict(one.owner_url)["dbname"])


def test_every_check_has_its_planted_fault() -> None:
    assert set(PLANTED) == {one.code for one in promise_table().checks}


@pytest.mark.parametrize(("code", "system", "sound", "fault"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_a_look_finds_the_sound_state_kept_and_its_planted_fault_broken(
    code: str,
    system: str,
    sound: Act | None,
    fault: Act,
    database,
    postgres: str,
    var: Path,
    tmp_path: Path,
    monkeypatch,
) -> None:
    monkeypatch.setenv("KOFU_VAR", str(var))
    check = promise_table().check(code)
    assert system in check.systems

    def judged(ground: EvidenceGround) -> EvidenceVerdict:
        return look(check, ground, "test").finding.verdict

    def ground(opened) -> EvidenceGround:
        return EvidenceGround(system=system, now=datetime.now(UTC), profile=PROFILE, var=tmp_path, open_database=opened)

    def tried(case: PlantedCase) -> None:
        if sound is not None:
            sound(case)
        before = judged(case.ground)
        assert before in {EvidenceVerdict.HOLDS, EvidenceVerdict.DEVIATES}, look(check, case.ground, "").finding
        after = judged(fault(case) or case.ground)
        assert after is EvidenceVerdict.BROKEN, look(check, case.ground, "").finding

    if system == "kiosk":
        tried(PlantedCase(ground(None), None, monkeypatch, tmp_path))
        return
    with psycopg.connect(make_conninfo(postgres, dbname=database_of(database(system)))) as owner:
        role = screens_role(system) if check.on_page else f"kofu_{system}"
        opened = functools.partial(under, owner, role)
        tried(PlantedCase(ground(opened), owner, monkeypatch, tmp_path))
        owner.rollback()


def test_a_ward_with_fewer_than_three_administrators_deviates(database, postgres, tmp_path) -> None:
    """With one of only two, whoever holds the owner's URL is two people (docs/why/operators.md)."""
    check, real = promise_table().check("accounts.two_administrators"), replace(PROFILE, specimen=False)
    with psycopg.connect(make_conninfo(postgres, dbname=database_of(database("ledger")))) as owner:
        opened = functools.partial(under, owner, screens_role("ledger"))
        asked = EvidenceGround(system="ledger", now=datetime.now(UTC), profile=real, var=tmp_path, open_database=opened)
        found = []
        for number in range(1, 4):
            add_account(owner, **SOUND_ACCOUNT | {"login": f"kanri{number}", "role": "administrator"})
            owner.execute("DELETE FROM staff_account_change")
            decided_by_two(PlantedCase(asked, owner, pytest.MonkeyPatch(), tmp_path))
            found.append(look(check, asked, "test").finding.verdict)
        owner.rollback()
    assert found == [EvidenceVerdict.DEVIATES, EvidenceVerdict.DEVIATES, EvidenceVerdict.HOLDS]


def test_what_does_not_run_is_a_result_of_its_own_and_not_a_good_one(
    tmp_path, monkeypatch, unused_port_factory
) -> None:
    monkeypatch.setenv("KOFU_CENTER_URL", f"https://127.0.0.1:{unused_port_factory()}")

    def nowhere():
        return psycopg.connect("postgresql://nobody@127.0.0.1:1/none", connect_timeout=2)

    asked = EvidenceGround(system="center", now=datetime.now(UTC), profile=PROFILE, var=tmp_path, open_database=nowhere)
    for code in ("transport.mutual_tls", "center.no_place_for_content", "record.unbroken", "files.private"):
        assert look(promise_table().check(code), asked, "test").finding.verdict is EvidenceVerdict.NOT_SEEN
