"""Least rights of the running centre: it writes what it keeps, and removes nothing."""

from __future__ import annotations

#: `{app}` is the role of the running system; `platform.migrate` fills it in.
GRANTS: tuple[str, ...] = tuple(
    f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{app}}"
    for table in ("center_session", "center_request", "center_print_outbox")
)
