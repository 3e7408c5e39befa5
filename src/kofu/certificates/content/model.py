"""The value `compose` gives, and the errors that say why there is no paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kofu.core.errors import ResidentFault

ROWS_PER_PAGE = 10
"""Rows of a payment table on one page. A test holds every form of the payment kinds to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateContent:
    """The texts of one copy. `form` and `version` name the folder under certificates/forms/; `pages` is ≥ 1.

    `rows`: of its payment table, on all pages together.
    """

    form: str
    version: str
    title: str
    pages: int
    rows: int
    fields: Mapping[str, str]


class NotCertifiable(ResidentFault):
    """The facts do not allow this paper. Eligibility refuses first, in a resident's words; this is the second lock."""

    def __init__(self, message: str) -> None:
        """Build the error from the sentence that says what is missing."""
        super().__init__("not_certifiable", message)
