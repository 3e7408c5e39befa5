"""外字 from the ledger's set to the kiosk's paper: refused before, issued after, derived again, attested."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.certificates.drawings import BOTH, CROSSED, PLANE_16, PRIVATE, TSUJI, set_of
from tests.issuing import feed_maker
from tests.issuing.world import NOON, ROOT, World

from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import Issued, Refused
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.issuing.checks.attest import attest, register, state
from kofu.issuing.checks.recheck import Derived, recheck
from kofu.issuing.requests.issue import issue_certificate
from kofu.platform.fonts import ensure_font, read_font

pytestmark = [pytest.mark.storage, pytest.mark.font]
WARD = "139998"
NAMES = {"000000000000001": TSUJI + "　太郎", "000000000000002": PRIVATE + "野　花子"}
OTHERWISE = set_of((TSUJI, None), (PRIVATE, CROSSED), (TSUJI, CROSSED))  # 辻 was withdrawn and drawn anew
WITHDRAWN = set_of((TSUJI, None), (PRIVATE, CROSSED))


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory) -> World:
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    numbers = list(NAMES)
    world.load_residents(
        [feed_maker.resident(number, name=name) for number, name in NAMES.items()],
        [feed_maker.card(f"00a{place}", number) for place, number in enumerate(numbers, 1)],
    )
    world.load_tax([feed_maker.assessment(number, name_at_assessment=name) for number, name in NAMES.items()])
    return world


@pytest.fixture(scope="module")
def press_of() -> Callable[[FontFile | None], CertificatePress]:
    held = {}

    def build(drawn: FontFile | None) -> CertificatePress:
        if drawn not in held:
            held[drawn] = CertificatePress(read_font(ensure_font()), drawn=drawn)
        return held[drawn]

    return build


@pytest.mark.parametrize("serial", ["00a1", "00a2"])
def test_refused_at_the_kiosk_before_and_issued_after_the_set_was_taken(ward, press_of, serial) -> None:
    with ward.connect() as connection:
        before = issue_certificate(connection, ward.issuer(press_of(None)), ward.request(serial))
        assert isinstance(before, Refused)
        assert before.code == "undrawable"
        after = issue_certificate(connection, ward.issuer(press_of(BOTH)), ward.request(serial))
        assert isinstance(after, Issued)
    assert b"+KofuGlyphs" in after.documents[0].pdf


def test_a_repeat_after_another_glyph_came_bears_the_same_bytes(ward, press_of) -> None:
    request = ward.request("00a2")
    more = set_of((TSUJI, None), (PRIVATE, CROSSED), (PLANE_16, CROSSED))
    with ward.connect() as connection:
        first = issue_certificate(connection, ward.issuer(press_of(BOTH)), request)
        again = issue_certificate(connection, ward.issuer(press_of(more)), request)
    assert isinstance(first, Issued)
    assert isinstance(again, Issued)
    assert again.documents[0].pdf == first.documents[0].pdf


def test_a_repeat_after_its_glyph_was_withdrawn_does_not_leave(ward, press_of) -> None:
    request = ward.request("00a1")
    with ward.connect() as connection:
        assert isinstance(issue_certificate(connection, ward.issuer(press_of(BOTH)), request), Issued)
        again = issue_certificate(connection, ward.issuer(press_of(WITHDRAWN)), request)
    assert not isinstance(again, Issued)


@pytest.mark.parametrize("now", [WITHDRAWN, OTHERWISE])
def test_the_recheck_derives_a_paper_with_the_set_of_then(ward, press_of, now) -> None:
    def derived_with(drawn: FontFile):
        def derive(order) -> Derived:
            made = make(order, press_of(drawn))
            return Derived(made.sha256, made.facts_digest)

        return derive

    with ward.connect() as connection:
        assert isinstance(issue_certificate(connection, ward.issuer(press_of(BOTH)), ward.request("00a1")), Issued)
        start, end = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
        clean = recheck(
            connection, ward.acting(), ward.profile, derived_with(now), start=start, end=end,
            earlier=[derived_with(BOTH)],
        )  # fmt: skip
        assert clean.copies > 0
        assert clean.case_ids == ()


def test_the_recheck_without_the_set_of_then_sees_the_difference(system_database, tmp_path, press_of) -> None:
    """The twin: it is the earlier set that makes the paper come out the same."""
    world = World(system_database("issuing"), tmp_path)
    world.load_residents([feed_maker.resident(name=NAMES["000000000000001"])], [feed_maker.card()])
    world.load_tax([feed_maker.assessment(name_at_assessment=NAMES["000000000000001"])])

    def derive(order) -> Derived:
        made = make(order, press_of(OTHERWISE))
        return Derived(made.sha256, made.facts_digest)

    with world.connect() as connection:
        assert isinstance(issue_certificate(connection, world.issuer(press_of(BOTH)), world.request()), Issued)
        found = recheck(
            connection, world.acting(), world.profile, derive,
            start=NOON.replace(hour=0), end=NOON.replace(hour=23),
        )  # fmt: skip
    assert len(found.case_ids) == 1


def test_a_process_with_another_set_than_registered_refuses_to_serve(ward) -> None:
    def stated(connection, drawn: FontFile | None):
        profile = ROOT / "profiles" / "mihon.toml"
        return state(connection, font=read_font(ensure_font()), drawn=drawn, profile=profile, topology="single")

    with ward.as_owner() as owner, ward.connect() as connection:
        register(owner, ward.acting(), stated(owner, BOTH), by="sato", demonstration=True)
        attest(connection, ward.acting(), stated(connection, BOTH))
        for other in (None, WITHDRAWN):
            with pytest.raises(OperatorFault, match="glyphs: registered"):
                attest(connection, ward.acting(), stated(connection, other))


def test_a_registration_from_before_there_were_sets_still_holds_without_one(ward) -> None:
    with ward.as_owner() as owner, ward.connect() as connection:
        profile = ROOT / "profiles" / "mihon.toml"
        here = state(owner, font=read_font(ensure_font()), drawn=None, profile=profile, topology="single")
        register(owner, ward.acting(), here, by="sato", demonstration=True)
        owner.execute(
            "INSERT INTO issuing_deployment (registered_at, registered_by, topology, statement)"
            " SELECT registered_at, registered_by, topology, statement - 'glyphs' FROM issuing_deployment"
            " ORDER BY id DESC LIMIT 1"
        )
        attest(connection, ward.acting(), dataclasses.replace(here))
