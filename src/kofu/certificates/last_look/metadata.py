"""What a file says about itself: only what every paper of the day says, in the words approved for each producer.

Dates are the certificate's own, identifiers those of the file. What is left once these are taken out is the same in
every paper, so its SHA-256 is kept, with those of the colour profiles: a profile can turn black into white.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from kofu.certificates.last_look.approved import Producers
from kofu.certificates.last_look.document import PaperFile

_JAPAN = timezone(timedelta(hours=9))


class _Day(NamedTuple):
    """How a file writes the instant of a day, its midnight in Japan: as one of two dates, as two texts of metadata."""

    dates: tuple[bytes, bytes]
    moments: tuple[bytes, bytes]


@lru_cache(maxsize=16)  # papers of a day are of that day
def _day(as_of: date) -> _Day:
    local = datetime.combine(as_of, time(), _JAPAN)
    universal = local.astimezone(UTC)
    dates = (f"D:{local:%Y%m%d%H%M%S}+09'00'".encode("ascii"), f"D:{universal:%Y%m%d%H%M%S}Z".encode("ascii"))
    return _Day(dates, (local.isoformat().encode("ascii"), universal.isoformat().encode("ascii")))


def describes_itself(document: PaperFile, identifiers: tuple[bytes, ...], as_of: date, producers: Producers) -> bool:
    """Whether information, metadata and profiles are those of a paper of `as_of` (its midnight in Japan)."""
    information = document.information
    producer = information.get("Creator", b"").decode("ascii", errors="replace")
    created = information.get("CreationDate", b"")
    return (
        document.profiles <= producers.profiles
        and created in _day(as_of).dates
        and information.get("ModDate", b"") == created
        and producers.metadata.get(producer) == shape_of(document, identifiers, as_of)
    )


def shape_of(document: PaperFile, identifiers: tuple[bytes, ...], as_of: date) -> str:
    """Digest the metadata without what is each paper's own: its instant, its identifier, its number of pages."""
    text = document.metadata
    for moment in _day(as_of).moments:
        text = text.replace(moment, b"*instant*")
    for identifier in set(identifiers):
        text = text.replace(b">%s<" % identifier, b">*identifier*<")
    text = text.replace(b"<xmpTPg:NPages>%d</xmpTPg:NPages>" % len(document.pages), b"*pages*")
    return hashlib.sha256(text).hexdigest()
