"""Forms of the entrance, in the words staff know."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.cache import cache
from django.http import HttpRequest

from kofu.staff.models import LOGIN_LENGTH_MAX

#: A code is taken one period (30 s) early and one late, for devices whose clock is a little off.
CODE_LIVES_SECONDS = 90


def login_of(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """Tell axes whose attempt it is: what was tried, or what was typed into the form."""
    tried = (credentials or {}).get("username")
    if tried is None and request is not None:
        tried = request.POST.get("login")
    return str(tried)[:LOGIN_LENGTH_MAX] if tried is not None else None


class StaffLoginForm(LoginForm):
    """Login and password, labelled as on the staff's card; no hints inside the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields."""
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "ログインID"
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autofocus": True, "spellcheck": "false"}
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        self.fields["password"].help_text = ""


class CodeForm(AuthenticateForm):
    """A one-time code, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the field and let a tablet show digits."""
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "ワンタイムコード"
        self.fields["code"].widget.attrs = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autofocus": True,
        }

    def clean_code(self) -> str:
        """Take a code once in all the time it would be right: allauth forgets a used one after a single period."""
        code = str(super().clean_code())
        if not cache.add(f"staff.code.spent:{self.user.pk}:{code}", "y", timeout=CODE_LIVES_SECONDS):
            self._emit_authentication_failed(self.authenticator)
            raise get_adapter().validation_error("incorrect_code")
        return code


class StaffPasswordForm(ChangePasswordForm):
    """One's own password; the labels say what each field is, so no hints inside."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the hints out."""
        super().__init__(*args, **kwargs)
        self.fields["password2"].label = "新しいパスワード（確認）"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class StaffPasswordAgainForm(ReauthenticateForm):
    """One's password once more, before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the hint out."""
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs = {"autocomplete": "current-password", "autofocus": True}


class RegisterCodeForm(ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the field and let a tablet show digits."""
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "ワンタイムコード"
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}
