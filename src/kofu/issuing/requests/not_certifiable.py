"""What says that a paper cannot be made for reasons of one person, each with its refusal."""

from __future__ import annotations

from kofu.certificates.content import NotCertifiable
from kofu.certificates.domain.refusals import Reason
from kofu.certificates.render import FieldCannotBeDrawn
from kofu.issuing.requests.domain.technical import Technical
from kofu.press.engine import DoesNotFit

#: Errors of making that are about the request, and what they are told as.
NOT_CERTIFIABLE: tuple[tuple[type[Exception], Technical | Reason], ...] = (
    (DoesNotFit, Technical.TEXT_OVERFLOW),
    (FieldCannotBeDrawn, Reason.UNDRAWABLE),
    (NotCertifiable, Technical.NOT_CERTIFIABLE),
)
