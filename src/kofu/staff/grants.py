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

#: By these, and by nothing else of an account, the running system's role learns whose command it runs.
_OPERATOR_FUNCTIONS = (
    "staff_operator_of(bytea)",
    "staff_service_known(text, bytea)",
    "staff_administered(date)",
    "staff_administrators(date)",
    "staff_demonstration_active(date)",
    "staff_account_figures(date)",
    "staff_lapsed_at(text, timestamptz)",
)
#: What a look at a promise found, and what the ward wrote down: added to, never changed.
_EVIDENCE = ("evidence_look", "evidence_kept")

#: Where people work by commands alone, the running role reaches no account: who logs in has the owner's rights.
OPERATOR_GRANTS: tuple[str, ...] = (
    *(f"GRANT EXECUTE ON FUNCTION {name} TO {{app}}, {{screens}}" for name in _OPERATOR_FUNCTIONS),
    *(f"GRANT SELECT, INSERT ON {table} TO {{app}}, {{screens}}" for table in _EVIDENCE),
    "GRANT SELECT ON staff_office TO {app}",  # an answer to a resident names offices
)

#: What a decision writes into a proposed change of an account; what was proposed stays as it was.
_DECIDED = "state, first_half, decided_by, decided_at, decided_reason, known_at, ends_standing"
_ACCESS_DECIDED = "state, decided_by, decided_at, ends_at, reported_by, reported_at"

#: `{app}` is the role of the running system, `{screens}` that of its screens (`platform.postgres.screens_role`);
#: `platform.migrate` fills them in.
STAFF_GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT ON {table} TO {{screens}}" for table in _READ),
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{screens}}" for table in _KEPT),
    *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {{screens}}" for table in COME_AND_GO),
    "GRANT SELECT, INSERT ON staff_month_review, staff_watched_person TO {screens}",
    "GRANT SELECT, INSERT, UPDATE (ended_at, ended_why) ON staff_operator_session TO {screens}",
    "GRANT SELECT, INSERT ON staff_account_change TO {screens}",
    f"GRANT UPDATE ({_DECIDED}) ON staff_account_change TO {{screens}}",
    "GRANT SELECT, INSERT ON staff_contractor, staff_erasure_proof, staff_account_review TO {screens}",
    "GRANT SELECT, INSERT ON staff_emergency_person, staff_incident, staff_incident_report TO {screens}",
    f"GRANT SELECT, INSERT, UPDATE ({_ACCESS_DECIDED}) ON staff_emergency_access TO {{screens}}",
    "GRANT SELECT, INSERT, UPDATE (ends_on) ON staff_service_contract TO {screens}",
    "GRANT SELECT, INSERT, UPDATE (ends_on, confirmed_by, confirmed_at) ON staff_roster_worker TO {screens}",
)
