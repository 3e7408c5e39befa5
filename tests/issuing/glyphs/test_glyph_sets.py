"""A registered 外字 is drawable at kiosks the next morning: its set comes with the feed, or the old one stays."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.certificates.drawings import BOTH, EXCHANGED, PRIVATE, TSUJI, WITH_A_DOT, set_of
from tests.issuing.feed_maker import DAY, KEYS, NOW, SIGNING, WARD
from tests.issuing.world import ROOT, World, people

from kofu.certificates.render import CertificatePress
from kofu.contracts.feed import FeedKind, FeedMode, GlyphSetStated
from kofu.contracts.issuing import Issued, Refused
from kofu.core.errors import PeerFault
from kofu.core.font_file import FontFile
from kofu.core.names import code_points_of
from kofu.issuing.checks.attest import attest, register, state
from kofu.issuing.checks.fence import Fence
from kofu.issuing.checks.watch import Watch
from kofu.issuing.glyphs.glyph_sets import (
    Delivered,
    GlyphSetIntake,
    drawn_glyphs,
    kept_fonts,
    kept_set,
    last_delivery,
    take_beside,
    take_set,
)
from kofu.issuing.requests.issue import issue_certificate
from kofu.platform.feeds import open_feed
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.glyph_sets import write_glyph_set
from kofu.platform.restored import Witnesses
from kofu.press.glyph_font import clusters_of

pytestmark = [pytest.mark.storage, pytest.mark.font]


def fence_at(folder: Path, name: str) -> Fence:
    return Fence(folder / f"{name}.json", Witnesses(folder / f"{name}-heads.json", folder / "anchors"))


KEY, PUBLIC = SIGNING[FeedKind.TAX], KEYS[FeedKind.TAX]
SECOND = set_of((TSUJI, None), (PRIVATE, WITH_A_DOT))


@pytest.fixture(scope="module")
def press_of() -> Callable[[FontFile | None], CertificatePress]:
    return cache(lambda drawn: CertificatePress(read_font(ensure_font()), drawn=drawn))


@pytest.fixture
def world(system_database, tmp_path: Path) -> World:
    return World(system_database("issuing"), tmp_path / "feeds")


@pytest.fixture
def owner(world: World):
    with world.as_owner() as opened:
        yield opened


def laid(parent: Path, font: FontFile = BOTH, version: int = 1, key: Ed25519PrivateKey = KEY) -> Path:
    """The set as the ledger's night lays it."""
    characters = tuple(sorted(map(code_points_of, clusters_of(font))))
    made = datetime(2026, 11, 20, 3, tzinfo=UTC)
    return write_glyph_set(
        parent, font, key, municipality_code=WARD, version=version, characters=characters, made_at=made
    )


def feed_naming(parent: Path, generation: int, version: int, font: FontFile = BOTH) -> Path:
    """A tax feed of nothing that names a set."""
    folder = parent / f"tax-{generation:06d}"
    with open_feed(
        folder,
        FeedKind.TAX,
        municipality_code=WARD,
        generation=generation,
        mode=FeedMode.FULL,
        base_generation=None,
        business_date=DAY,
        created_at=NOW,
        signing_key=KEY,
        glyph_set=GlyphSetStated(version=version, sha256=font.sha256),
    ):
        pass
    return folder


def take(owner, world: World, feed: Path) -> Delivered:
    delivered = take_beside(owner, world.acting(), feed, PUBLIC, WARD)
    assert delivered is not None
    return delivered


def test_the_set_a_feed_names_is_taken_from_beside_it(world: World, owner, tmp_path: Path) -> None:
    laid(tmp_path)
    assert take(owner, world, feed_naming(tmp_path, 1, 1)).outcome is GlyphSetIntake.TAKEN
    assert take(owner, world, feed_naming(tmp_path, 2, 1)).outcome is GlyphSetIntake.HELD
    with world.connect() as connection:  # the role the processes run under reads it
        assert drawn_glyphs(connection, WARD) == BOTH
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM issuing_glyph_set")
    assert last_delivery(owner, WARD).outcome is GlyphSetIntake.TAKEN


def test_a_feed_that_names_no_set_changes_nothing(world: World, owner, tmp_path: Path) -> None:
    world.load_tax([])
    folder = next(world.folder.glob("*tax*"))
    assert take_beside(owner, world.acting(), folder, PUBLIC, WARD) is None
    assert last_delivery(owner, WARD) is None


def no_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def another_signer(folder: Path) -> None:
    data = (folder / "glyphs.json").read_bytes()
    (folder / "glyphs.sig").write_bytes(base64.b64encode(Ed25519PrivateKey.generate().sign(data)))


def another_font(folder: Path) -> None:
    (folder / "kofu-glyphs.ttf").write_bytes(EXCHANGED.data)


def another_set_signed(folder: Path) -> None:
    shutil.rmtree(folder)
    laid(folder.parent, EXCHANGED, 2)


@pytest.mark.parametrize(
    ("spoil", "outcome"),
    [
        (no_folder, GlyphSetIntake.MISSING),
        (another_signer, GlyphSetIntake.REFUSED),
        (another_font, GlyphSetIntake.REFUSED),
        (another_set_signed, GlyphSetIntake.REFUSED),
    ],
)
def test_a_set_that_is_not_what_the_feed_names_keeps_the_old_one_and_is_told(
    world: World, owner, tmp_path: Path, spoil: Callable[[Path], None], outcome: GlyphSetIntake
) -> None:
    laid(tmp_path)
    take(owner, world, feed_naming(tmp_path, 1, 1))
    second = laid(tmp_path, SECOND, 2)
    spoil(second)
    delivered = take(owner, world, feed_naming(tmp_path, 2, 2, SECOND))
    assert delivered.outcome is outcome
    assert delivered.reason
    assert drawn_glyphs(owner, WARD) == BOTH
    assert last_delivery(owner, WARD) == delivered
    shutil.rmtree(second, ignore_errors=True)
    laid(tmp_path, SECOND, 2)  # sent again: the next import takes it
    assert take(owner, world, feed_naming(tmp_path, 3, 2, SECOND)).outcome is GlyphSetIntake.TAKEN
    assert last_delivery(owner, WARD).outcome.is_current


def test_an_older_set_never_comes_back(world: World, owner, tmp_path: Path) -> None:
    first = laid(tmp_path)
    take(owner, world, feed_naming(tmp_path, 1, 1))
    laid(tmp_path, SECOND, 2)
    take(owner, world, feed_naming(tmp_path, 2, 2, SECOND))
    assert take(owner, world, feed_naming(tmp_path, 3, 1)).outcome is GlyphSetIntake.OLDER
    with pytest.raises(PeerFault, match="version 2 is held already"):
        take_set(owner, world.acting(), first, PUBLIC, WARD)
    assert kept_set(owner, WARD).font == SECOND
    assert kept_fonts(owner, WARD) == (SECOND, BOTH), "a paper of then is derived again with the set of then"
    assert take(owner, world, feed_naming(tmp_path, 4, 2, SECOND)).outcome is GlyphSetIntake.HELD
    assert last_delivery(owner, WARD).outcome is GlyphSetIntake.HELD, "what was wrong is over"


def test_the_same_version_with_another_font_is_refused(world: World, owner, tmp_path: Path) -> None:
    laid(tmp_path)
    take(owner, world, feed_naming(tmp_path, 1, 1))
    assert take(owner, world, feed_naming(tmp_path, 2, 1, EXCHANGED)).outcome is GlyphSetIntake.REFUSED


def test_the_next_morning_a_running_process_draws_the_new_glyph(world: World, owner, tmp_path: Path, press_of) -> None:
    """From refused to issued without a restart and without a hand; only who needs the glyph was refused meanwhile."""
    residents, cards, assessments = people(2)
    residents[0]["name"] = f"{TSUJI}　太郎"
    assessments[0]["name_at_assessment"] = f"{TSUJI}　太郎"
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    profile = ROOT / "profiles" / "mihon.toml"
    statement = state(owner, font=read_font(ensure_font()), drawn=None, profile=profile, topology="single")
    register(owner, world.acting(), statement, by="sato", demonstration=True)
    issuers = [world.issuer(press_of(None))]

    def draw_anew(connection: psycopg.Connection) -> str:
        drawn = drawn_glyphs(connection, WARD)
        issuers.append(world.issuer(press_of(drawn)))
        return drawn.sha256

    connect = partial(psycopg.connect, world.database.app_url, autocommit=True)
    watch = Watch(
        connect,
        statement,
        fence_at(tmp_path, "fence"),
        draw_anew,
    )
    still = Watch(
        connect,
        statement,
        fence_at(tmp_path, "other"),
    )
    with world.connect() as connection:
        assert issue_certificate(connection, issuers[-1], world.request("00a1")).code == "undrawable"
        assert isinstance(issue_certificate(connection, issuers[-1], world.request("00a2")), Issued)
        laid(tmp_path)
        take(owner, world, feed_naming(tmp_path, 9, 1))
        watch.look_once()
        still.look_once()
        assert watch.fault is None
        assert still.fault is not None, "the twin: who cannot draw anew hands nothing out with the passed set"
        assert isinstance(issue_certificate(connection, issuers[-1], world.request("00a1")), Issued)
        attest(connection, world.acting(), state(
            connection, font=read_font(ensure_font()), drawn=BOTH, profile=profile, topology="single"
        ))  # fmt: skip


def test_without_the_set_only_who_needs_it_is_refused(world: World, owner, tmp_path: Path, press_of) -> None:
    residents, cards, assessments = people(2)
    residents[0]["name"] = assessments[0]["name_at_assessment"] = f"{TSUJI}　太郎"
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    assert take(owner, world, feed_naming(tmp_path, 9, 1)).outcome is GlyphSetIntake.MISSING
    with world.connect() as connection:
        issuer = world.issuer(press_of(drawn_glyphs(connection, WARD)))
        refused = issue_certificate(connection, issuer, world.request("00a1"))
        assert isinstance(refused, Refused)
        assert refused.code == "undrawable"
        assert isinstance(issue_certificate(connection, issuer, world.request("00a2")), Issued)
