"""Least rights of the registry's running process: it answers about serials, revokes them, and keeps its outbox."""

from __future__ import annotations

#: `{app}` is the role of the running system; `platform.migrate` fills it in. Serials are loaded by the owner.
GRANTS: tuple[str, ...] = (
    "GRANT SELECT, UPDATE (status, status_since) ON card_serial TO {app}",
    "GRANT SELECT, INSERT, UPDATE (attempts, last_failure, delivered_at) ON hold_outbox TO {app}",
    "GRANT UPDATE (discard_proposed_by, discard_proposed_at, discard_reason) ON hold_outbox TO {app}",
    "GRANT UPDATE (discarded_by, discarded_at) ON hold_outbox TO {app}",
    "GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at) ON hold_release TO {app}",
    "GRANT USAGE ON SEQUENCE hold_release_id_seq TO {app}",
    "GRANT SELECT ON registered_person TO {app}",
    "GRANT USAGE ON SEQUENCE hold_outbox_id_seq TO {app}",
    "GRANT SELECT ON outside_person TO {app}",
    "GRANT SELECT, INSERT ON look_up TO {app}",
)
