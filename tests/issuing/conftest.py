"""What the tests of issuing share: one press, made once, and a made ward that feeds are offered to."""

from __future__ import annotations

import pytest
from tests.issuing.judged_ward import AT, PLAN, active_ward
from tests.issuing.world import World

from kofu.certificates.render import CertificatePress
from kofu.platform.fonts import ensure_font, read_font
from kofu.ward.make import WardFolder, make_ward


@pytest.fixture(scope="session")
def press() -> CertificatePress:
    return CertificatePress(read_font(ensure_font()))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Feeds of a made ward, signed with keys of its own."""
    folder = tmp_path_factory.mktemp("ward")
    make_ward(folder, PLAN, created_at=AT, keys=folder / "keys")
    return WardFolder(folder=folder)


@pytest.fixture(scope="module")
def ward(made, system_database):
    """Only bad feeds are offered to this one: it must never change."""
    return active_ward(made, system_database("issuing").owner_url)


@pytest.fixture
def alone(made, system_database):
    """The same ward in a database of this test alone."""
    return active_ward(made, system_database("issuing").owner_url)


@pytest.fixture(scope="module")
def database(system_database):
    """A database of issuing for the tests of a module."""
    return system_database("issuing")


@pytest.fixture
def world(database, tmp_path):
    """The ward of the tests, on that database."""
    return World(database, tmp_path)


@pytest.fixture
def connection(world):
    with world.connect() as connection:
        yield connection
