"""The whole way of a back: the front becomes a picture, the picture is sealed, the seal is drawn behind the front."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from kofu.center.back.keys import BackKeys
from kofu.center.back.picture import count_pages, picture_of
from kofu.center.back.sealed import FrontSeen, nonce_of, overhead_bytes, seal
from kofu.center.back.sheet import Sheets
from kofu.center.back.symbols import SEALED_BYTES_MAX, draw_block
from kofu.contracts.center import CenterDocument
from kofu.contracts.issuing import Document
from kofu.core.calendar import day_in_japan
from kofu.core.errors import PeerFault


@dataclass(frozen=True, slots=True)
class Backs:
    """Makes backs: the empty one, and the keys. One serves all threads of a process."""

    sheets: Sheets
    keys: BackKeys

    def add_to(self, document: Document, municipality_code: str, now: datetime) -> CenterDocument:
        """Add a back to each page: the same bytes for the same document and instant. About a tenth of a second a page.

        Raises `PeerFault` where the ward's document is not what it says or cannot be worked with, `OperatorFault` where
        there is no key for today.
        """
        if hashlib.sha256(document.pdf).hexdigest() != document.sha256:
            raise PeerFault("wrong_digest", "the ward's document has another digest than the ward says; dropped")
        key = self.keys.sealing_on(day_in_japan(now))
        pages = count_pages(document.pdf)
        if pages != document.pages:
            raise PeerFault("wrong_pages", "the ward's document has more or fewer pages than it says; dropped")
        blocks = []
        for index in range(pages):
            picture = picture_of(document.pdf, index, SEALED_BYTES_MAX - overhead_bytes())
            front = FrontSeen(
                made_at=now,
                municipality_code=municipality_code,
                certificate_number=document.certificate_number,
                sheet=index + 1,
                sheets=pages,
                dpi=picture.dpi,
                picture=picture.data,
            )
            nonce = nonce_of(front, key)
            blocks.append(draw_block(seal(front, key, nonce), nonce))
        return CenterDocument(
            certificate_number=document.certificate_number,
            pages=2 * pages,
            sha256=document.sha256,
            front_bytes=len(document.pdf),
            pdf=self.sheets.add_backs(document.pdf, blocks),
        )
