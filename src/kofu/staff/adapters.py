"""How allauth works here: nobody signs up, nothing is mailed, secrets of second factors are stored encrypted."""

from __future__ import annotations

import base64
import time
from functools import cache
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from kofu.core.system_names import screens_name
from kofu.platform.made_once import secret_file
from kofu.platform.settings import var_dir

#: How long a password just given spares asking for it again.
FRESH_SECONDS = 300
SILENT = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "mfa/messages/totp_activated.txt",
    "mfa/messages/recovery_codes_generated.txt",
}


@cache
def _fernet() -> Fernet:
    """Read the key of the second factors' secrets, made at first use."""
    key = secret_file(var_dir() / "keys" / f"{settings.KOFU_SYSTEM}-second-factors.key")
    return Fernet(base64.urlsafe_b64encode(key))


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Nobody makes their own account."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:  # noqa: ARG002 - allauth's signature
        """Ask for the password again unless it was given within the last minutes: also by the login itself."""
        records = get_authentication_records(self.request, self.request.user)
        given = [record["at"] for record in records if record["method"] == "password"]
        return not given or time.time() - given[-1] > FRESH_SECONDS

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say nothing that the page itself shows: logging in and out, registering a code."""
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: staff accounts have no address; the audit log is where it is told."""


class StaffSecondFactorAdapter(DefaultMFAAdapter):
    """One-time codes (TOTP), their secrets encrypted at rest."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret under this system's key."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret."""
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Name the authenticator app shows."""
        return f"kofu {screens_name(settings.KOFU_SYSTEM)}"

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: staff accounts have no address."""
