"""Least rights of the staff screens on the staff's tables: accounts are never deleted, sessions come and go."""

from __future__ import annotations

_READ = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions", "staff_office")
_KEPT = ("staff_account",)
COME_AND_GO = (
    "django_session",
    "staff_cache",
    "mfa_authenticator",
    "account_emailaddress",
    "account_emailconfirmation",
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accesslog",
    "axes_accessfailurelog",
)

#: `{screens}` is the role the screens run under (`platform.postgres.screens_role`); `platform.migrate` fills it in.
STAFF_GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT ON {table} TO {{screens}}" for table in _READ),
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{screens}}" for table in _KEPT),
    *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {{screens}}" for table in COME_AND_GO),
)
