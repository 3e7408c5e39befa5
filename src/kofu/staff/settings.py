"""Django settings of a system with staff screens: those every system has, and what the entrance of the staff needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kofu.platform.django_settings import settings_for
from kofu.staff.body_limits import FORM_BYTES_MAX
from kofu.staff.grants import OPERATOR_GRANTS, STAFF_GRANTS

SOURCE = Path(__file__).parents[1]


def account_settings_for(system: str, *, grants: Sequence[str]) -> dict[str, Any]:
    """Build the settings of a system whose people work by commands alone: accounts and a second factor, no screens."""
    own = settings_for(system, grants=(*grants, *OPERATOR_GRANTS))
    return own | {
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.humanize",
            "kofu.staff",  # before allauth: its pages take the place of allauth's
            "allauth",
            "allauth.account",
            "allauth.mfa",
            "axes",
            *own["INSTALLED_APPS"],
        ],
        "MIDDLEWARE": ["allauth.account.middleware.AccountMiddleware"],  # allauth wants it named; nothing is served
        "LOGGING": _LOGGING,
        **_ACCOUNTS,
    }


def screen_settings_for(system: str, *, grants: Sequence[str]) -> dict[str, Any]:
    """Build the settings of a system with staff screens: accounts, sessions, a second factor, `kofu.<system>.web`."""
    return account_settings_for(system, grants=(*grants, *STAFF_GRANTS)) | {
        "ROOT_URLCONF": f"kofu.{system}.web.urls",
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "kofu.staff.headers.HeadersMiddleware",
            "kofu.staff.headers.AssetsMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "kofu.staff.headers.PostedTextMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "kofu.staff.gate.StaffGate",
            "axes.middleware.AxesMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "kofu.staff.shown_people.RecordedPages",
                "DIRS": sorted(
                    str(folder)
                    for name in (system, "evidence")
                    for folder in (SOURCE / name).glob("**/web/**/templates")
                ),
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "kofu.staff.context.staff",
                    ],
                    "builtins": ["kofu.staff.templatetags.staff"],
                },
            }
        ],
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": FORM_BYTES_MAX,
        "KOFU_NOT_SET_UP": {},  # codes of faults that say what a municipality has not set up, and what that is
        **_sessions(system),
    }


#: Nothing that could carry a person's data goes to the log: of requests only failures, of logins nothing.
_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "axes": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "kofu": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}

_MINUTE = 60

_ACCOUNTS: dict[str, Any] = {
    "AUTH_USER_MODEL": "staff.StaffAccount",
    "AUTHENTICATION_BACKENDS": [
        "axes.backends.AxesStandaloneBackend",
        "allauth.account.auth_backends.AuthenticationBackend",
    ],
    "PASSWORD_HASHERS": [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ],
    "AUTH_PASSWORD_VALIDATORS": [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
        {
            "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
            "OPTIONS": {"user_attributes": ("login", "display_name")},
        },
        {"NAME": "kofu.staff.passwords.OwnWordsValidator"},
        {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    ],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "home:index",
    "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
    "ACCOUNT_ADAPTER": "kofu.staff.adapters.StaffAccountAdapter",
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": "login",
    "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_PRESERVE_USERNAME_CASING": True,
    "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
    # axes locks a login for all processes; here wrong one-time codes, per account. Branches share addresses.
    "ACCOUNT_RATE_LIMITS": {"login": "300/m/ip", "login_failed": "5/15m/key"},
    "ACCOUNT_FORMS": {
        "login": "kofu.staff.forms.StaffLoginForm",
        "change_password": "kofu.staff.forms.StaffPasswordForm",
        "reauthenticate": "kofu.staff.forms.StaffPasswordAgainForm",
    },
    "MFA_FORMS": {
        "authenticate": "kofu.staff.forms.CodeForm",
        "activate_totp": "kofu.staff.forms.RegisterCodeForm",
    },
    "MFA_ADAPTER": "kofu.staff.adapters.StaffSecondFactorAdapter",
    "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
    "MFA_TOTP_TOLERANCE": 1,
    "MFA_RECOVERY_CODES_SHOW_ONCE": True,
    "AXES_FAILURE_LIMIT": 5,
    "AXES_LOCKOUT_PARAMETERS": ["username"],
    "SILENCED_SYSTEM_CHECKS": ["axes.W006"],  # an office shares one address: one person's mistakes must not lock it
    "AXES_COOLOFF_TIME": 0.5,  # hours
    "AXES_USERNAME_CALLABLE": "kofu.staff.forms.login_of",
    "AXES_RESET_ON_SUCCESS": True,
    "AXES_LOCKOUT_TEMPLATE": "staff/locked.html",
    "AXES_DISABLE_ACCESS_LOG": True,
    "AXES_VERBOSE": False,
    "AXES_ENABLE_ADMIN": False,
    "CACHES": {
        "default": {  # used codes and attempts count for all processes alike (P5)
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "staff_cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},  # beyond it live entries would go, used codes among them
        }
    },
}


def _sessions(system: str) -> dict[str, Any]:
    """Cookies bear the system's name: two systems on one machine share a host."""
    return {
        "SESSION_COOKIE_NAME": f"kofu_{system}_session",
        "CSRF_COOKIE_NAME": f"kofu_{system}_csrf",
        "SESSION_COOKIE_AGE": 30 * _MINUTE,
        "SESSION_SAVE_EVERY_REQUEST": True,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_FAILURE_VIEW": "kofu.staff.errors.csrf_failure",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "KOFU_SESSION_HOURS_MAX": 10,
    }
