"""One certificate through centre and ward, asked for as a kiosk does, and given back unpaid."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from kofu.contracts.center import CenterRefused, SessionPrintResult, SessionRequest
from kofu.contracts.issuing import CertificateKind, PrintOutcome
from kofu.core.errors import PeerFault
from kofu.kiosk.card.reader import LaidCard
from kofu.kiosk.center_client import CenterClient
from kofu.platform.tls import TlsFiles


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What came of the one copy: title, pages (front and back), SHA-256 (hex) of the ward's document, 発行番号.

    Its bytes are gone already.
    """

    title: str
    pages: int
    sha256: str
    certificate_number: str


def run(
    *,
    center_url: str,
    tls: TlsFiles,
    card: LaidCard,
    municipality_code: str,
    kiosk_id: str,
    outcome: PrintOutcome = PrintOutcome.CANCELLED,
) -> SelfCheck:
    """Ask for the newest 課税証明書 of `card` (its PIN was right); report it as cancelled: nothing paid or printed.

    `outcome`: another end, as a resident's visit has one; a printed copy is paid for.
    Raises `PeerFault` where the ward or the centre refuses, or the bytes are not what their digest says.
    """
    client = CenterClient(center_url, tls)
    try:
        menu = client.menu(municipality_code)
        kind = next((kind for kind in menu.kinds if kind.kind is CertificateKind.TAXATION), None)
        if kind is None or not kind.years:
            raise PeerFault("nothing_offered", "the ward's menu offers no 課税証明書 right now")
        session = client.open_session_for(card, kiosk_id, municipality_code)
        try:
            question = SessionRequest(
                request_id=secrets.token_hex(16),
                kind=kind.kind,
                fiscal_year=max(year.fiscal_year for year in kind.years),
                copies=1,
            )
            answer = client.request(session.session_id, question)
            if isinstance(answer, CenterRefused):
                raise PeerFault(answer.code, f"the self-check's certificate was refused: {answer.resident_text.en}")
            document = answer.documents[0]
            digest = hashlib.sha256(document.pdf[: document.front_bytes]).hexdigest()
            if digest != document.sha256 or not document.pdf.startswith(b"%PDF-"):
                raise PeerFault("broken_document", "the document that came is not the one whose digest was stated")
            printed = outcome is PrintOutcome.PRINTED
            client.report(
                session.session_id,
                SessionPrintResult(
                    request_id=question.request_id,
                    outcome=outcome,
                    copies_printed=int(printed),
                    fee_paid=answer.fee_per_copy if printed else 0,
                    occurred_at=datetime.now(UTC),
                ),
            )
            return SelfCheck(answer.title, document.pages, digest, document.certificate_number)
        finally:  # also of a visit that was refused: the centre forgets the card
            client.end_session(session.session_id)
    finally:
        client.close()
