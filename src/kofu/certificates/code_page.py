"""The page that verifies signed codes without any server: one HTML file with keys, revocations and decoder in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kofu import platform
from kofu.certificates.revocations import read_list
from kofu.certificates.signing_keys import PublicKey
from kofu.core.calendar import in_japan

PAGE = Path(__file__).resolve().parent / "verify"
#: What the page looks like: as the centre's verification page, and what only this page has.
STYLES = (Path(platform.__file__).resolve().parent / "static" / "verification.css", PAGE / "page.css")


def write_page(municipality: str, keys: Sequence[PublicKey], revocations: bytes, *, made_at: datetime) -> str:
    """Write the page of a municipality. `revocations`: the published file, or empty; `PeerFault` for another."""
    data = {
        "municipality": municipality,
        "madeAt": f"{in_japan(made_at):%Y-%m-%d}",
        "keys": [
            {
                "id": key.key_id.hex(),
                "begins": key.begins.isoformat(),
                "ends": key.ends.isoformat(),
                "algorithm": key.algorithm,
                "spki": base64.b64encode(key.spki).decode("ascii"),
            }
            for key in keys
        ],
        "revoked": {},
    }
    if revocations:
        known = read_list(revocations, keys).known
        data["revoked"] = {one.certificate_number: one.revoked_on.isoformat() for one in known.revoked}
    inside = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")
    page = (PAGE / "page.html").read_text(encoding="utf-8")
    page = page.replace("/*STYLE*/", "".join(path.read_text(encoding="utf-8") for path in STYLES))
    for place, name in (("/*DECODER*/", "zxing_reader.js"), ("/*SCRIPT*/", "page.js")):
        page = page.replace(place, (PAGE / name).read_text(encoding="utf-8").replace("</script", "<\\/script"))
    wasm = base64.b64encode((PAGE / "zxing_reader.wasm").read_bytes()).decode("ascii")
    return page.replace("/*WASM*/", wasm).replace("/*DATA*/", inside)
