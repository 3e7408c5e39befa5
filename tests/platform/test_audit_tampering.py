"""Everything that can be done to the log, by somebody with every right on the database, and what finds it (P10).

`CHAIN`: the chains alone, without anything outside the database. `ANCHORS`: the checkpoints beside it, which whoever
does not hold their key cannot replace. `WITNESS`: only who is elsewhere and remembers. `NOTHING`: what came after the
newest anchor, until the next one is made. Each row is tried with the finders before it, too: these must find nothing,
or the table would say less than is true.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from enum import IntEnum

import pytest
from tests.platform.anchored_log import AnchoredLog, open_log

from kofu.platform.audit import instant_text, link
from kofu.platform.audit_anchor import (
    WitnessRefusedError,
    ask_witness,
    checkpoints_in,
    seen_by_witness,
    write_checkpoint,
)
from kofu.platform.audit_heads import Head
from kofu.platform.audit_note import read_note
from kofu.platform.audit_order import TreeBrokenError
from kofu.platform.audit_verify import verify_chain

pytestmark = pytest.mark.storage

EVEN, ODD = "kofu_ledger/even", "kofu_ledger/odd"
ANCHORED = [(lane, number) for lane in (EVEN, ODD) for number in range(1, 5)]
BETWEEN = [(lane, number) for lane in (EVEN, ODD) for number in range(1, 4)]


class Found(IntEnum):
    """By what it is found first."""

    CHAIN = 0
    ANCHORS = 1
    WITNESS = 2
    NOTHING = 3


@pytest.fixture(scope="module")
def here(system_database, postgres, tmp_path_factory):
    """Eight entries in two lanes, two anchors co-signed by the witness, two entries since."""
    here = open_log(system_database("ledger"), postgres, tmp_path_factory.mktemp("log"))
    here.write(0, 4)
    here.anchor()
    here.write(4, 4)
    here.anchor()
    here.write(8, 2)
    yield here
    here.connection.close()


@pytest.fixture
def log(here):
    """The log; what is done to it and its anchors is undone."""
    kept = here.place.folder.with_name("kept")
    shutil.copytree(here.place.folder, kept)
    yield here
    here.connection.rollback()
    shutil.rmtree(here.place.folder)
    kept.rename(here.place.folder)


def found_by(log: AnchoredLog) -> Found:
    """Try the finders, from the one that needs least."""
    if not verify_chain(log.connection).sound:
        return Found.CHAIN
    if not log.verify(witness=False).sound:
        return Found.ANCHORS
    newest = read_note(checkpoints_in(log.place.folder)[-1].read_bytes())
    seen = seen_by_witness(newest, log.asked, log.client)
    return Found.NOTHING if log.verify(seen=seen).sound else Found.WITNESS


def change(log: AnchoredLog, words: str, lane: str, number: int) -> None:
    done = log.connection.execute(f"{words} WHERE lane = %s AND sequence = %s", [lane, number])
    assert done.rowcount == 1


def relink(log: AnchoredLog) -> None:
    """Make every chain whole again, as somebody would who has the program: hashes, and what anchors say of them."""
    heads: dict[tuple[str, int], str] = {}
    rows = log.connection.execute(
        "SELECT lane, sequence, body, recorded_at FROM audit_entry ORDER BY lane = '#anchors', lane, sequence"
    ).fetchall()
    before, previous, number = None, bytes(32), 0
    for lane, sequence, body, at in rows:
        if lane != before:
            before, previous, number = lane, bytes(32), 0
        number += 1
        if lane == "#anchors":
            told = json.loads(body)
            now = {
                one: f"{word.split()[0]} {heads.get((one, int(word.split()[0])), '0')}"
                for one, word in told["heads"].items()
            }
            if told["heads"] != now:
                body = json.dumps(told | {"heads": now})  # noqa: PLW2901 - the body as it is now
        digest = link(previous, lane, number, instant_text(at), body)
        log.connection.execute(
            "UPDATE audit_entry SET sequence = %s, previous_hash = %s, hash = %s, body = %s"
            " WHERE lane = %s AND sequence = %s",
            [number, previous, digest, body, lane, sequence],
        )
        heads[lane, number] = digest.hex()
        previous = digest


def sign_again(log: AnchoredLog) -> None:
    """Write every checkpoint anew with the key on this machine."""
    for path in log.place.folder.iterdir():
        path.unlink()
    rows = log.connection.execute(
        "SELECT sequence, hash, body::json->>'size' FROM audit_entry WHERE lane = '#anchors' ORDER BY sequence"
    ).fetchall()
    for number, digest, size in rows:
        head = Head(lane="#anchors", sequence=number, hash=bytes(digest).hex())
        write_checkpoint(log.connection, log.place, head, int(size))


def flip(log: AnchoredLog, lane: str, number: int) -> None:
    change(log, "UPDATE audit_entry SET body = replace(body, 'done', 'gone')", lane, number)


def flip_hash(log: AnchoredLog, lane: str, number: int) -> None:
    change(log, "UPDATE audit_entry SET hash = set_byte(hash, 7, 255 - get_byte(hash, 7))", lane, number)


def flip_with_hash(log: AnchoredLog, lane: str, number: int) -> None:
    flip(log, lane, number)
    words = "UPDATE audit_entry SET hash = audit_digest(previous_hash, lane, sequence, recorded_at, body)"
    change(log, words, lane, number)


def move(log: AnchoredLog, lane: str, number: int) -> None:
    change(log, "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day'", lane, number)


def move_with_hash(log: AnchoredLog, lane: str, number: int) -> None:
    move(log, lane, number)
    relink(log)


def drop(log: AnchoredLog, lane: str, number: int) -> None:
    change(log, "DELETE FROM audit_entry", lane, number)


def drop_and_renumber(log: AnchoredLog, lane: str, number: int) -> None:
    drop(log, lane, number)
    relink(log)


def cut(log: AnchoredLog, lane: str, number: int) -> None:
    log.connection.execute("DELETE FROM audit_entry WHERE lane = %s AND sequence >= %s", [lane, number])


def replace_tail(log: AnchoredLog, lane: str, number: int) -> None:
    """A fork: from here on another chain, whole in itself."""
    log.connection.execute(
        "UPDATE audit_entry SET body = replace(body, 'done', 'gone') WHERE lane = %s AND sequence >= %s", [lane, number]
    )
    relink(log)


def swap(log: AnchoredLog, lane: str, number: int) -> None:
    """This entry and the next one change their places."""
    for old, new in ((number, 1000), (number + 1, number), (1000, number + 1)):
        log.connection.execute(
            "UPDATE audit_entry SET sequence = %s WHERE lane = %s AND sequence = %s", [new, lane, old]
        )


def swap_bodies(log: AnchoredLog, lane: str, number: int) -> None:
    rows = log.connection.execute(
        "SELECT body FROM audit_entry WHERE lane = %s AND sequence IN (%s, %s) ORDER BY sequence",
        [lane, number, number + 1],
    ).fetchall()
    for at, body in ((number, rows[1][0]), (number + 1, rows[0][0])):
        log.connection.execute("UPDATE audit_entry SET body = %s WHERE lane = %s AND sequence = %s", [body, lane, at])


def second_entry(log: AnchoredLog, lane: str, number: int) -> None:
    """A fork kept side by side: the key is taken away, and one number stands twice."""
    log.connection.execute("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey")
    log.connection.execute(
        "INSERT INTO audit_entry SELECT lane, sequence, previous_hash,"
        " audit_digest(previous_hash, lane, sequence, recorded_at, '{}'), '{}', recorded_at, version"
        " FROM audit_entry WHERE lane = %s AND sequence = %s",
        [lane, number],
    )


def other_lane(log: AnchoredLog, lane: str, number: int) -> None:
    cut(log, lane, number)
    log.connection.execute("UPDATE audit_entry SET lane = lane || 'x' WHERE lane = %s", [lane])
    relink(log)


AT_EVERY_PLACE: list[tuple[Callable[[AnchoredLog, str, int], None], list[tuple[str, int]], Found]] = [
    (flip, ANCHORED, Found.CHAIN),
    (flip_hash, ANCHORED, Found.CHAIN),
    (flip_with_hash, ANCHORED, Found.CHAIN),
    (move, ANCHORED, Found.CHAIN),
    (move_with_hash, [place for place in ANCHORED if place[1] > 1], Found.CHAIN),
    (move_with_hash, [(EVEN, 1), (ODD, 1)], Found.ANCHORS),
    (drop, ANCHORED, Found.CHAIN),
    (drop_and_renumber, ANCHORED, Found.ANCHORS),
    (cut, ANCHORED, Found.ANCHORS),
    (replace_tail, ANCHORED, Found.ANCHORS),
    (swap, BETWEEN, Found.CHAIN),
    (swap_bodies, BETWEEN, Found.CHAIN),
    (second_entry, ANCHORED, Found.CHAIN),
    (other_lane, ANCHORED, Found.ANCHORS),
    (cut, [(EVEN, 5), (ODD, 5)], Found.NOTHING),
    (replace_tail, [(EVEN, 5), (ODD, 5)], Found.NOTHING),
]


@pytest.mark.parametrize(
    ("tamper", "lane", "number", "finder"),
    [
        pytest.param(tamper, lane, number, finder, id=f"{tamper.__name__} {lane.split('/')[1]} {number}: {finder.name}")
        for tamper, places, finder in AT_EVERY_PLACE
        for lane, number in places
    ],
)
def test_what_is_done_to_an_entry_is_found(log, tamper, lane, number, finder):
    assert found_by(log) is Found.NOTHING
    tamper(log, lane, number)
    assert found_by(log) is finder


def empty_anchors(log: AnchoredLog) -> None:
    for path in log.place.folder.iterdir():
        path.unlink()


def forget_the_last_anchor(log: AnchoredLog) -> None:
    """Go back to the first anchor: entries, the anchor's entry and its files are all gone."""
    for lane in (EVEN, ODD):
        cut(log, lane, 3)
    cut(log, "#anchors", 2)
    for path in (*log.place.folder.glob("000000000000010.*"),):
        path.unlink()


def rewrite(log: AnchoredLog) -> None:
    flip(log, EVEN, 1)
    relink(log)


def rewrite_and_empty_anchors(log: AnchoredLog) -> None:
    rewrite(log)
    empty_anchors(log)


def rewrite_and_sign(log: AnchoredLog) -> None:
    rewrite(log)
    sign_again(log)


def drop_and_sign(log: AnchoredLog) -> None:
    """An entry, and all trace of it in the numbers of its lane and of its anchors, signed by the key on the machine."""
    drop(log, EVEN, 2)
    for body_of, size in ((1, 4), (2, 9)):
        log.connection.execute(
            "UPDATE audit_entry SET body = jsonb_set(body::jsonb, '{size}', %s)::text"
            " WHERE lane = '#anchors' AND sequence = %s",
            [str(size), body_of],
        )
    log.connection.execute(
        'UPDATE audit_entry SET body = replace(replace(body, \'"kofu_ledger/even": "2 \', \'"kofu_ledger/even": "1 \'),'
        " '\"kofu_ledger/even\": \"4 ', '\"kofu_ledger/even\": \"3 ') WHERE lane = '#anchors'"
    )
    relink(log)
    sign_again(log)


@pytest.mark.parametrize(
    ("tamper", "finder"),
    [
        (rewrite, Found.ANCHORS),
        (empty_anchors, Found.ANCHORS),
        (rewrite_and_empty_anchors, Found.ANCHORS),
        (rewrite_and_sign, Found.WITNESS),
        (drop_and_sign, Found.WITNESS),
        (forget_the_last_anchor, Found.WITNESS),
    ],
)
def test_what_is_done_to_the_whole_log_is_found(log, tamper, finder):
    """Who holds the anchors' key is found by the witness alone; `docs/why/audit-chain.md` says so."""
    tamper(log)
    assert found_by(log) is finder


@pytest.mark.parametrize("tamper", [rewrite_and_sign, drop_and_sign, forget_the_last_anchor])
def test_the_witness_does_not_co_sign_what_does_not_go_on_from_what_it_saw(log, tamper):
    tamper(log)
    with pytest.raises(WitnessRefusedError):
        ask_witness(log.connection, log.place, checkpoints_in(log.place.folder)[-1], log.asked, log.client)


def test_a_broken_log_is_not_anchored(log):
    """An anchor over what is no longer there would vouch for the loss."""
    drop(log, EVEN, 2)
    head = Head(lane="#anchors", sequence=1, hash="0" * 64)
    with pytest.raises(TreeBrokenError, match="entries are gone"):
        write_checkpoint(log.connection, log.place, head, 10)
