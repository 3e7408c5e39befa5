"""A process of its own that issues: `worker.py URL LANE REQUESTS.json` prints one JSON line per answer.

The clock stands still, as in 川崎市: every process reads the same instant, always.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import psycopg
from tests.issuing.world import NOON, ROOT

from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import CertificateRequest, Issued
from kofu.issuing.acting.who_acts import Acting, random_identity
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.serving.runtime import build_issuer
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.profiles import load_profile
from kofu.platform.pseudonym import Pseudonyms


def main(url: str, lane: str, requests: str) -> None:
    acting = Acting(clock=lambda: NOON, new_id=random_identity, lane=lane, actor="issuing")
    profile = load_profile(ROOT / "profiles" / "mihon.toml")
    issuer = build_issuer(profile, CertificatePress(read_font(ensure_font())), acting, Pseudonyms(b"k" * 32))
    asked = msgspec.json.decode(Path(requests).read_bytes(), type=list[CertificateRequest])
    with psycopg.connect(url, autocommit=True) as connection:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()  # all processes begin together
        for request in asked:
            outcome = issue_certificate(connection, issuer, request)
            document = outcome.documents[0] if isinstance(outcome, Issued) else None
            answer = {
                "request": request.request_id,
                "number": document.certificate_number if document else None,
                "sha256": document.sha256 if document else None,
                "pdf": document.pdf.hex() if document else None,
                "code": None if document else outcome.code,
            }
            sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
