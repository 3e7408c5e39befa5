"""Write the example that stands beside the published contracts: `python -m kofu.ward.example docs/contracts/example`.

Small, invented, and the same each time: the signing keys are made from a published text, so the signatures repeat. They
vouch for nothing but this example.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.contracts.feed import FeedKind
from kofu.ward.difference import make_difference
from kofu.ward.make import make_ward
from kofu.ward.people import Municipality, WardPlan

PLAN = WardPlan(municipality=Municipality(code="139998", name="東京都見本区"), seed=1, size=24, day=date(2026, 11, 20))
CREATED_AT = datetime(2026, 11, 20, 17, tzinfo=UTC)
NEXT_DAY = date(2026, 11, 21)
README = """\
# An example of both feeds

Twenty-four invented people of 東京都見本区: full feeds (`tax-0001`, `resident-0001`), the differences of the next day
(`tax-0002`, `resident-0002`), holds as they travel at once (`holds.jsonl`), the demo kiosk's virtual cards
(`cards.json`) and the registry's serials. Written by `python -m kofu.ward.example`; do not edit by hand.

The Ed25519 public keys that verify `manifest.sig` (raw, base64):

{keys}

Their private halves are the SHA-256 of `kofu example KIND`: they vouch for nothing but this example.
"""


def example_key(kind: FeedKind) -> Ed25519PrivateKey:
    """Give the key that signs the example's feeds of this kind; everybody can make it."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"kofu example {kind}".encode()).digest())


def write_example(folder: Path) -> None:
    """Write the example into `folder`, which must not exist. Raises `FileExistsError`."""
    if folder.exists():
        raise FileExistsError(f"{folder} is there already")
    with tempfile.TemporaryDirectory() as name:
        keys = Path(name)
        for kind in FeedKind:
            pem = example_key(kind).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            (keys / f"feed-{kind}.pem").write_bytes(pem)
        make_ward(folder, PLAN, created_at=CREATED_AT, keys=keys)
        make_difference(folder, PLAN, next_day=NEXT_DAY, created_at=CREATED_AT.replace(day=21), keys=keys)
    lines = [
        f"- {kind}: `{base64.b64encode(example_key(kind).public_key().public_bytes_raw()).decode()}`"
        for kind in FeedKind
    ]
    (folder / "README.md").write_text(README.format(keys="\n".join(lines)), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the folder
        raise SystemExit("usage: python -m kofu.ward.example FOLDER")
    target = Path(sys.argv[1])
    if target.name == "example" and target.exists():
        shutil.rmtree(target)
    write_example(target)
