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

#: The console reads what happened and works on cases and stops. It reads no fact of anybody and issues nothing:
#: whoever takes over the console gets no certificate, and whoever takes over the gateway gets no account.
CONSOLE_GRANTS: tuple[str, ...] = (
    "GRANT SELECT ON issuing_request, issuing_copy, issuing_print_report TO {screens}",
    "GRANT SELECT, INSERT, UPDATE ON issuing_case, issuing_stop TO {screens}",
    "GRANT SELECT, INSERT ON issuing_case_evidence, issuing_case_signature, issuing_stop_signature TO {screens}",
    # whether anybody has a number, for the answer to who asks who looked at them: yes or no
    "GRANT EXECUTE ON FUNCTION issuing_knows_person(text, text) TO {app}, {screens}",
    # the screens sign held feeds and rows; only the loader, under the owner of the schema, judges and activates
    "GRANT SELECT, UPDATE (state, ended_at) ON issuing_judged_feed TO {screens}",
    "GRANT SELECT, UPDATE (accepted_at) ON issuing_row_finding TO {screens}",
    "GRANT SELECT, INSERT ON issuing_feed_signature, issuing_row_signature TO {screens}",
)

#: `{app}` is the role of the running system; `platform.migrate` fills it in.
JOURNAL_GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{app}}" for table in _MOVED),
    *(f"GRANT SELECT, INSERT ON {table} TO {{app}}" for table in _APPENDED),
    # registering a deployment is the operator's act, under the owner of the schema
    "GRANT SELECT ON issuing_deployment TO {app}",
    "GRANT USAGE, SELECT ON SEQUENCE issuing_certificate_number TO {app}",
    "GRANT SELECT ON django_migrations TO {app}",
)
