"""What a file says about itself: only what every paper of the day says, in the words approved for each producer.

Dates are the certificate's own, identifiers those of the file. What is left once these are taken out is the same in
every paper, so its SHA-256 is kept, with those of the colour profiles: a profile can turn black into white.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta, timezone

from kofu.certificates.last_look.approved import Producers
from kofu.certificates.last_look.document import PaperFile

_JAPAN = timezone(timedelta(hours=9))


def describes_itself(document: PaperFile, identifiers: tuple[bytes, ...], as_of: date, producers: Producers) -> bool:
    """Whether information, metadata and profiles are those of a paper of `as_of` (its midnight in Japan)."""
    producer = document.information.get("Creator", b"").decode("ascii", errors="replace")
    dates = {document.information.get(key, b"") for key in ("CreationDate", "ModDate")}
    return (
        document.profiles <= producers.profiles
        and dates in _dates(as_of)
        and producers.metadata.get(producer) == shape_of(document, identifiers, as_of)
    )


def _moments(as_of: date) -> tuple[datetime, datetime]:
    midnight = datetime.combine(as_of, time(), _JAPAN)
    return midnight, midnight.astimezone(UTC)


def _dates(as_of: date) -> tuple[set[bytes], ...]:
    local, universal = _moments(as_of)
    return {f"D:{local:%Y%m%d%H%M%S}+09'00'".encode("ascii")}, {f"D:{universal:%Y%m%d%H%M%S}Z".encode("ascii")}


def shape_of(document: PaperFile, identifiers: tuple[bytes, ...], as_of: date) -> str:
    """Digest the metadata without what is each paper's own: its instant, its identifier, its number of pages."""
    text = document.metadata
    for moment in _moments(as_of):
        text = text.replace(moment.isoformat().encode("ascii"), b"*instant*")
    for identifier in set(identifiers):
        text = text.replace(b">%s<" % identifier, b">*identifier*<")
    text = text.replace(b"<xmpTPg:NPages>%d</xmpTPg:NPages>" % len(document.pages), b"*pages*")
    return hashlib.sha256(text).hexdigest()
