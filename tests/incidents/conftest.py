"""The ward of the incidents: a few people in a fresh database per file; real paper; clocks of our own."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
import pytest
from tests.incidents.steered import Steered, Time
from tests.issuing.world import NOON, World, people

from kofu.certificates.render import CertificatePress
from kofu.platform.fonts import ensure_font, read_font

PEOPLE = 40


@pytest.fixture(scope="session")
def press() -> CertificatePress:
    return CertificatePress(read_font(ensure_font()))


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(PEOPLE)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture
def world(ward, tmp_path):
    """The ward with a clock of the test's own."""
    return World(
        ward.database, tmp_path, tax_generation=ward.tax_generation, resident_generation=ward.resident_generation
    )


@pytest.fixture
def connection(world):
    with world.connect() as connection:
        yield connection


@pytest.fixture
def text_of():
    def read(pdf: bytes) -> str:
        document = pypdfium2.PdfDocument(io.BytesIO(pdf))
        try:
            return "".join(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()

    return read


@pytest.fixture
def says_whose(text_of):
    """Say which of the ward's people a paper is about, by the amount nobody else has."""

    def find(pdf: bytes) -> list[int]:
        text = text_of(pdf)
        return [n for n in range(1, PEOPLE + 1) if f"{100_000 + n * 100 + 130_200:,}" in text]

    return find


@pytest.fixture(scope="module")
def time(tmp_path_factory) -> Time:
    made = Time(tmp_path_factory.mktemp("time") / "now")
    made.set(NOON, 0.0)
    return made


@pytest.fixture(scope="module")
def pair(ward, time) -> Iterator[tuple[Steered, Steered]]:
    """Two workers that outlive the tests which do not kill them."""
    workers = Steered(ward, "A", time), Steered(ward, "B", time)
    yield workers
    for worker in workers:
        worker.kill()


@pytest.fixture
def worker(ward, time) -> Iterator[Steered]:
    """One that a test may kill."""
    made = Steered(ward, "C", time)
    yield made
    made.kill()


@pytest.fixture
def noon(time) -> None:
    time.set(NOON, 0.0)
