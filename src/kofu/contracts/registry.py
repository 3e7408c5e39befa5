"""What the centre asks of the certificate authority's validity service (公的個人認証): reference stand-in."""

from __future__ import annotations

from typing import Literal

from kofu.contracts.issuing import Message, Serial


class ValidityQuestion(Message, frozen=True):
    """POST /v1/certificate-validity."""

    serial: Serial


class ValidityAnswer(Message, frozen=True):
    """`unknown` is refused like `revoked`: no before yes (P7)."""

    serial: Serial
    status: Literal["good", "revoked", "expired", "unknown"]
