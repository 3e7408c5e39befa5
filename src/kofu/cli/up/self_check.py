"""One certificate through the whole path, as a proof that the arrangement works before anybody is let near it."""

from __future__ import annotations

from collections import Counter

import msgspec

from kofu.cli.up.stack import Stack
from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import KofuError
from kofu.kiosk.card.drawer import Drawer
from kofu.kiosk.cards import Card, Device
from kofu.kiosk.selfcheck import SelfCheck, run
from kofu.platform.profiles import load_profile
from kofu.platform.settings import url_of

#: How the visits of the morning end, in turn; `unknown` leaves a case for two people (P9).
MORNING = (PrintOutcome.PRINTED, PrintOutcome.UNKNOWN, *(PrintOutcome.PRINTED,) * 8)


def self_check(stack: Stack) -> str:
    """Ask for the first demo card's newest 課税証明書 at the kiosk's end; give a line that says what came."""
    result = _visit(stack, _cards(stack)[0])
    return f"{result.title}, {result.pages} pages, {result.certificate_number}, sha256 {result.sha256[:16]}…"


def morning_visits(stack: Stack) -> str | None:
    """Let residents come to the kiosk before the visitor does, once; give a line that says how their visits ended."""
    note = stack.var / "demo" / "visits.json"
    if not stack.day_in_progress or note.exists():
        return None
    ended: Counter[str] = Counter()
    residents = [card for card in _cards(stack)[1:] if card.device != Device.IPHONE]
    for card, outcome in zip(residents, MORNING, strict=False):
        try:
            _visit(stack, card, outcome)
            ended[outcome.value] += 1
        except KofuError:  # a card revoked, a person held: what happens at a kiosk on any morning
            ended["refused"] += 1
    note.write_bytes(msgspec.json.encode(dict(ended)))
    return ", ".join(f"{count} {how}" for how, count in sorted(ended.items()))


def _cards(stack: Stack) -> list[Card]:
    return msgspec.json.decode((stack.var / "ward" / "cards.json").read_bytes(), type=list[Card])


def _visit(stack: Stack, laid: Card, outcome: PrintOutcome = PrintOutcome.CANCELLED) -> SelfCheck:
    tls = stack.tls("kiosk-0001")
    card = Drawer(url_of("registry"), tls)(laid)
    card.verify_pin(laid.pin)
    return run(
        center_url=url_of("center"),
        tls=tls,
        card=card,
        municipality_code=load_profile(stack.profile).code,
        kiosk_id="kiosk-0001",
        outcome=outcome,
    )
