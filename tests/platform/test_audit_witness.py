"""The witness speaks c2sp.org/tlog-witness, and co-signs nothing that does not go on from what it saw."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.core.errors import OperatorFault
from kofu.platform.audit_anchor import witness_key
from kofu.platform.audit_note import LOG_KEY, WITNESS_KEY, Checkpoint, Note, NoteKey, read_lines, sign
from kofu.platform.audit_tree import LeafRun, Subtree, consistency_spans, leaf, roots_of
from kofu.platform.audit_witness import BODY_BYTES_MAX, Witness, build, create_app

ORIGIN = "ward.example/issuing"
AT = datetime(2026, 11, 29, 3, tzinfo=UTC)
LOG = Ed25519PrivateKey.generate()
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def witness(tmp_path):
    log = NoteKey.of(ORIGIN, LOG_KEY, LOG.public_key())
    return Witness("bureau", KEY, (log,), tmp_path, lambda: AT)


def parts(count: int, fork: bytes = b"") -> list[Subtree]:
    return [Subtree(0, leaf(bytes([number]) + fork)) for number in range(count)]


def request(old: int, size: int, *, fork: bytes = b"", key: Ed25519PrivateKey = LOG, origin: str = ORIGIN) -> bytes:
    run = LeafRun()
    for part in parts(size, fork):
        run.add(part)
    text = Checkpoint(origin, size, run.root()).text()
    proof = roots_of(consistency_spans(old, size), parts(size, fork)) if old <= size else []
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n".encode() + Note(text, (sign(text, origin, key),)).data()


def test_a_log_that_grows_is_co_signed_each_time(witness):
    for old, size in ((0, 3), (3, 3), (3, 8), (8, 13)):
        body = request(old, size)
        answer = witness.add_checkpoint(body)
        assert answer.status == 200
        note = Note(body.partition(b"\n\n")[2].decode().rpartition("\n\n")[0] + "\n", read_lines(answer.body))
        assert note.witnessed_at(NoteKey.of("bureau", WITNESS_KEY, KEY.public_key())) == AT


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (request(0, 9), 409),  # it has seen eight
        (request(3, 9), 409),
        (request(8, 9, fork=b"x"), 422),  # another log of the same name
        (request(8, 8, fork=b"x"), 409),
        (request(8, 5), 400),
        (request(8, 9, key=Ed25519PrivateKey.generate()), 403),
        (request(8, 9, origin="other.example/log"), 404),
        (b"old 8\n\nnothing", 400),
        (b"old -1\n\n" + request(8, 9).partition(b"\n\n")[2], 400),
        (b"old 8\nAAAA\n\n" + request(8, 9).partition(b"\n\n")[2], 400),
        (b"", 400),
        (b"\xff", 400),
    ],
)
def test_what_does_not_go_on_is_refused_as_the_specification_says_and_changes_nothing(witness, body, status):
    assert witness.add_checkpoint(request(0, 8)).status == 200
    answer = witness.add_checkpoint(body)
    assert answer.status == status
    if status == 409:
        assert (answer.body, answer.kind) == ("8\n", "text/x.tlog.size")
    assert witness.add_checkpoint(request(8, 9)).status == 200


def test_it_remembers_over_a_restart(witness, tmp_path):
    witness.add_checkpoint(request(0, 8))
    again = Witness("bureau", KEY, witness.logs, tmp_path, lambda: AT)
    assert again.add_checkpoint(request(0, 5)).status == 409


def test_of_two_requests_at_once_only_one_goes_on_from_where_it_was(witness):
    """Two heads that both follow the one before, and not each other: one is co-signed, the other refused."""
    witness.add_checkpoint(request(0, 2))
    bodies = [request(2, 3), request(2, 4)] * 4
    barrier = threading.Barrier(len(bodies))

    def add(body: bytes) -> int:
        barrier.wait()
        return witness.add_checkpoint(body).status

    with ThreadPoolExecutor(len(bodies)) as threads:
        found = list(threads.map(add, bodies))
    assert sorted(found) == [200, *[409] * 7]


def test_over_http(witness, unused_port_factory):
    port = unused_port_factory()
    server = uvicorn.Server(uvicorn.Config(build(witness), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    transport = httpx.HTTPTransport(retries=20)
    with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        first = client.post("/add-checkpoint", content=request(0, 3))
        assert (first.status_code, first.text.startswith("— bureau ")) == (200, True)
        second = client.post("/add-checkpoint", content=request(0, 4))
        assert (second.status_code, second.text, second.headers["content-type"]) == (409, "3\n", "text/x.tlog.size")
        assert client.post("/add-checkpoint", content=b"x" * (BODY_BYTES_MAX + 1)).status_code == 413
        assert client.get("/add-checkpoint").status_code == 405
    server.should_exit = True
    thread.join()


def test_it_starts_with_the_keys_of_the_logs_it_knows(tmp_path, monkeypatch):
    monkeypatch.setenv("KOFU_WITNESS_DIR", str(tmp_path))
    with pytest.raises(OperatorFault, match="kofu audit key"):
        create_app()
    (tmp_path / "logs").write_text(NoteKey.of("w", WITNESS_KEY, KEY.public_key()).text())
    with pytest.raises(OperatorFault, match="takes keys of logs"):
        create_app()
    (tmp_path / "logs").write_text(NoteKey.of(ORIGIN, LOG_KEY, LOG.public_key()).text() + "\n")
    assert create_app().routes
    assert (tmp_path / "witness.key").stat().st_mode & 0o777 == 0o600
    told = witness_key((tmp_path / "witness.vkey").read_text())
    assert told.name == "kofu.local/witness", "what an owner of a log names by KOFU_WITNESS"
