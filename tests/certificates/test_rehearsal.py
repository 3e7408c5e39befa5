"""Before a process serves it has made a paper of nobody of each kind: forms are ready, and what fails is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.certificates import orders

import kofu.certificates.rehearsal as rehearsal_module
from kofu.certificates.facts import Authority
from kofu.certificates.make import make
from kofu.certificates.rehearsal import rehearse
from kofu.certificates.render import CertificatePress
from kofu.core.kinds import CertificateKind
from kofu.platform.fonts import read_font
from kofu.platform.profiles import load_profile

pytestmark = pytest.mark.font
PROFILES = sorted((Path(__file__).parents[2] / "profiles").glob("*.toml"))
DAY = date(2026, 11, 23)


@pytest.fixture
def cold(font) -> CertificatePress:
    """A press that has made nothing yet."""
    return CertificatePress(read_font(font))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_kind_of_every_profile_can_be_made(path, press):
    assert list(rehearse(load_profile(path), press, DAY)) == []


def test_after_it_a_resident_waits_for_no_form(cold, monkeypatch):
    profile = load_profile(next(path for path in PROFILES if path.stem == "mihon"))
    period = profile.authority_on(DAY)
    ours = Authority(office=period.office, name=period.name, seal_svg=period.seal_svg, seal_mm=period.seal_mm)
    of_a_year = replace(orders.PAYMENT, collections=(orders.ORDINARY,))
    wanted = [
        replace(order, authority=ours)
        for order in (
            *(orders.TAXATION, orders.INCOME, of_a_year, orders.PAYMENT, orders.VEHICLE_INSPECTION),
            *(replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(count)) for count in (1, 2)),
        )
    ]
    assert list(rehearse(profile, cold, DAY)) == []
    monkeypatch.setattr(
        cold.formes._engine, "render", lambda *_: pytest.fail("a form is laid out while somebody waits")
    )
    for order in wanted:
        make(order, cold)


def test_a_kind_that_cannot_be_made_is_told_and_the_others_are_made(press, monkeypatch):
    profile = load_profile(next(path for path in PROFILES if path.stem == "mihon"))
    broken = tuple(
        replace(rules, forms=()) if rules.kind is CertificateKind.INCOME else rules for rules in profile.kinds
    )
    made = []
    monkeypatch.setattr(rehearsal_module, "make", lambda order, _: made.append(order.kind))
    ((kind, fault),) = rehearse(replace(profile, kinds=broken), press, DAY)
    assert (kind, fault.code) == (CertificateKind.INCOME, "no_form")
    assert set(made) == {rules.kind for rules in profile.kinds} - {CertificateKind.INCOME}


def test_what_is_rehearsed_is_of_nobody(press, monkeypatch):
    """Papers of a demonstration say 見本, and so does the person; the number is one no paper gets."""
    seen = []
    monkeypatch.setattr(rehearsal_module, "make", lambda order, _: seen.append(order))
    list(rehearse(load_profile(next(path for path in PROFILES if path.stem == "mihon")), press, DAY))
    assert {order.subject.addressee_number for order in seen} == {"0" * 15}
    assert {order.certificate_number for order in seen} == {"2026-00000000"}
    assert {order.generation for order in seen} == {0}
