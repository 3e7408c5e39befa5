"""Requests held side by side between rendering and last look, in threads of this process.

`certificates.make` itself runs: only the two steps it calls are made to wait for one another, so that whatever the
program might keep between them is there for all of them at once. `python -m tests.incidents.side_by_side URL LANE FILE`
does so in a process of its own and prints one JSON line per answer.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
from tests.issuing.world import NOON, ROOT

import kofu.certificates.make as make_module
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import CertificateRequest, Issued, Outcome
from kofu.issuing.acting.who_acts import Acting, random_identity
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.serving.runtime import build_issuer
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.profiles import load_profile
from kofu.platform.pseudonym import Pseudonyms


@contextmanager
def held_together(count: int) -> Iterator[None]:
    """Let `count` threads render only when all are about to, and look only when all have rendered."""
    barriers = [threading.Barrier(count, timeout=30) for _ in range(3)]
    render, look = make_module.render, make_module.take_last_look

    def rendered_together(order: CertificateOrder, press: CertificatePress) -> bytes:
        barriers[0].wait()
        pdf = render(order, press)
        barriers[1].wait()
        return pdf

    def looked_at_together(*words: object, **more: object) -> ReleasedCertificate:
        barriers[2].wait()
        return look(*words, **more)  # type: ignore[arg-type]  # passed on as they came

    make_module.render, make_module.take_last_look = rendered_together, looked_at_together
    try:
        yield
    finally:
        make_module.render, make_module.take_last_look = render, look


def ask_side_by_side(
    url: str, issuer_of: Callable[[str], Issuer], requests: list[CertificateRequest]
) -> dict[str, Outcome]:
    """Issue all requests at once, each in a thread with an issuer of its own; give the outcomes by request id."""
    outcomes: dict[str, Outcome] = {}

    def one(number: int, request: CertificateRequest) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            outcomes[request.request_id] = issue_certificate(connection, issuer_of(f"side-{number}"), request)

    threads = [threading.Thread(target=one, args=(number, request)) for number, request in enumerate(requests)]
    with held_together(len(requests)):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    return outcomes


def main(url: str, lane: str, file: str) -> None:
    press, profile = CertificatePress(read_font(ensure_font())), load_profile(ROOT / "profiles" / "mihon.toml")

    def issuer_of(name: str) -> Issuer:
        acting = Acting(clock=lambda: NOON, new_id=random_identity, lane=f"{lane}-{name}", actor="issuing")
        return build_issuer(profile, press, acting, Pseudonyms(b"k" * 32))

    asked = msgspec.json.decode(Path(file).read_bytes(), type=list[CertificateRequest])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()  # all processes begin together
    for request_id, outcome in ask_side_by_side(url, issuer_of, asked).items():
        pdf = outcome.documents[0].pdf.hex() if isinstance(outcome, Issued) else ""
        sys.stdout.write(json.dumps({"request": request_id, "pdf": pdf}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
