"""One certificate through the whole path, as a proof that the arrangement works before anybody is let near it."""

from __future__ import annotations

import msgspec

from kofu.cli.up.stack import Stack
from kofu.kiosk.card.drawer import Drawer
from kofu.kiosk.cards import Card
from kofu.kiosk.selfcheck import run
from kofu.platform.profiles import load_profile
from kofu.platform.settings import url_of


def self_check(stack: Stack) -> str:
    """Ask for the first demo card's newest 課税証明書 at the kiosk's end; give a line that says what came."""
    tls = stack.tls("kiosk-0001")
    first = msgspec.json.decode((stack.var / "ward" / "cards.json").read_bytes(), type=list[Card])[0]
    card = Drawer(url_of("registry"), tls)(first)
    card.verify_pin(first.pin)
    result = run(
        center_url=url_of("center"),
        tls=tls,
        card=card,
        municipality_code=load_profile(stack.profile).code,
        kiosk_id="kiosk-0001",
    )
    return f"{result.title}, {result.pages} pages, {result.certificate_number}, sha256 {result.sha256[:16]}…"
