"""The demo's cards in their drawer: each makes its key when it is first used, and gets its certificate then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from kofu.contracts.registry import SpecimenCard, SpecimenCertificate
from kofu.core.errors import PeerFault
from kofu.kiosk.card.virtual import VirtualCard
from kofu.kiosk.cards import Card, Device
from kofu.platform.tls import TlsFiles, client_context

ANSWER_SECONDS_MAX = 5.0


@dataclass(slots=True)
class Drawer:
    """`authority`: address of the card authority's stand-in. `folder`: the chips' memories; None: they forget."""

    authority: str
    tls: TlsFiles
    folder: Path | None = None
    transport: httpx.BaseTransport | None = None

    def __call__(self, card: Card) -> VirtualCard:
        """Take a card out. Raises `PeerFault` where a new one gets no certificate."""
        return VirtualCard(
            None if self.folder is None else self.folder / f"{card.serial}.chip",
            pin=card.pin,
            needs_pin=card.device is not Device.IPHONE,
            personalise=lambda public_key: self._certificate(card.serial, public_key),
        )

    def _certificate(self, serial: str, public_key: bytes) -> bytes:
        question = msgspec.json.encode(SpecimenCard(serial=serial, public_key=public_key))
        try:
            with self._client() as client:
                answer = client.post(f"{self.authority}/v1/specimen-cards", content=question)
        except httpx.TransportError as error:
            raise PeerFault("card_authority_unreachable", "the card authority's stand-in does not answer") from error
        if not answer.is_success:
            raise PeerFault("no_card_certificate", f"the card authority's stand-in answered {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=SpecimenCertificate).certificate
        except msgspec.MsgspecError:
            raise PeerFault("no_card_certificate", "the card authority's answer is not of the contract") from None

    def _client(self) -> httpx.Client:
        if self.transport is not None:
            return httpx.Client(transport=self.transport)
        return httpx.Client(verify=client_context(self.tls), timeout=ANSWER_SECONDS_MAX)
