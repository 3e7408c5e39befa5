"""One certificate through the whole path, as a proof that the arrangement works before anybody is let near it."""

from __future__ import annotations

import msgspec

from kofu.cli.stack import Stack
from kofu.kiosk.selfcheck import run
from kofu.platform.profiles import load_profile
from kofu.platform.settings import url_of
from kofu.ward.make import DemoCard


def self_check(stack: Stack) -> str:
    """Ask for the first demo card's newest 課税証明書 at the kiosk's end; give a line that says what came."""
    cards = msgspec.json.decode((stack.var / "ward" / "cards.json").read_bytes(), type=list[DemoCard])
    result = run(
        center_url=url_of("center"),
        tls=stack.tls("kiosk-0001"),
        serial=cards[0].serial,
        municipality_code=load_profile(stack.profile).code,
        kiosk_id="kiosk-0001",
    )
    return f"{result.title}, {result.pages} pages, {result.certificate_number}, sha256 {result.sha256[:16]}…"
