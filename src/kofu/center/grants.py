"""Least rights of the running centre: it writes what it keeps, and removes nothing but used challenges.

Stops and refunds are entered by people, under the owner of the schema; the running centre only reads stops.
"""

from __future__ import annotations

#: `{app}` is the role of the running system; `platform.migrate` fills it in.
GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{app}}" for table in ("center_session", "center_request")),
    "GRANT SELECT, INSERT, DELETE ON center_challenge TO {app}",
    "GRANT SELECT, INSERT ON center_print_report TO {app}",
    "GRANT UPDATE (attempts, last_failure, delivered_at) ON center_print_report TO {app}",
    "GRANT USAGE ON SEQUENCE center_print_report_id_seq TO {app}",
    "GRANT SELECT ON center_stop TO {app}",
)
