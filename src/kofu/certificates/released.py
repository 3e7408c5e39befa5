"""The one value that may leave: a certificate the last look has read and found right (P2)."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field

from kofu.certificates.paper_digest import begin_digest
from kofu.core.errors import ensure


class _Seal:
    """Whoever holds the one instance may construct a `ReleasedCertificate`."""


LAST_LOOK_ONLY = _Seal()
"""For `kofu.certificates.last_look` and nobody else; a test searches the sources for other uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedCertificate:
    """One copy, compared with its facts.

    `sha256` (hex) is of `pdf`; `facts_digest` (hex) of the order, its data generation included. `form_bytes`: with how
    many bytes the file begins as others of its form do, 0 where that is not known; they are looked at all the same.

    The text form leaves the bytes out: they are somebody's certificate and must not reach a log.
    """

    pdf: bytes
    pages: int
    certificate_number: str
    title: str
    facts_digest: str
    form_bytes: InitVar[int] = 0
    seal: InitVar[_Seal]  # never kept: a copy with another text in it cannot be made of a released one
    sha256: str = field(init=False)  # nobody says it: it is that of the bytes

    def __post_init__(self, form_bytes: int, seal: _Seal) -> None:
        ensure(seal is LAST_LOOK_ONLY, "only the last look releases a certificate")
        object.__setattr__(self, "sha256", begin_digest(self.pdf, form_bytes).hexdigest())

    def __repr__(self) -> str:
        return f"ReleasedCertificate(sha256={self.sha256}, pages={self.pages})"

    def __reduce__(self) -> tuple[object, ...]:
        """Refuse to be pickled: a copy would come to life without the last look."""
        ensure(condition=False, message="a released certificate is not serialised")
        return ()
