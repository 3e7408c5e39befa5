"""Papers of the ledger read back from their PDF."""

from __future__ import annotations

import re

import pypdfium2
from tests.ledger.sample_papers import APPROVAL, BEFORE_INTEREST, CASE, DESIGNATION, LETTER, SENDER

from kofu.ledger.arrears.domain.dunning_letter import dunning_letter
from kofu.ledger.overpayments.domain.papers import offset_notice, refund_notice
from kofu.ledger.recipients.domain.papers import approval_notice, designation_notice

PAPERS = {
    "refund_notice": refund_notice(CASE, SENDER),
    "refund_notice_before_interest": refund_notice(BEFORE_INTEREST, SENDER),
    "offset_notice": offset_notice(CASE, SENDER),
    "dunning_letter": dunning_letter(LETTER, SENDER),
    "designation_notice": designation_notice(DESIGNATION, SENDER),
    "approval_notice": approval_notice(APPROVAL, SENDER),
}


def read(pdf: bytes) -> str:
    """All text of a paper, blanks and line ends left out: lines break where the layout breaks them."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return squeezed("".join(pages))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
