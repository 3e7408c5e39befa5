"""Least rights on the journal (P10): the running system moves requests, cases, stops; evidence only grows."""

from __future__ import annotations

_MOVED = ("issuing_request", "issuing_case", "issuing_stop")
_APPENDED = (
    "issuing_copy",
    "issuing_print_report",
    "issuing_case_evidence",
    "issuing_case_signature",
    "issuing_stop_signature",
)

#: `{app}` is the role of the running system; `platform.migrate` fills it in.
JOURNAL_GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{app}}" for table in _MOVED),
    *(f"GRANT SELECT, INSERT ON {table} TO {{app}}" for table in _APPENDED),
    # registering a deployment is the operator's act, under the owner of the schema
    "GRANT SELECT ON issuing_deployment TO {app}",
    "GRANT USAGE ON SEQUENCE issuing_certificate_number TO {app}",
    "GRANT SELECT ON django_migrations TO {app}",
)
