"""Least rights of the role the gateway of `issuing` runs under (P10): it reads facts and appends holds, nothing more.

Loading a feed and retiring years run under the owner of the schema, in a process of their own: whoever takes over the
gateway can neither change a fact nor move the pointer, nor take a hold back.
"""

from __future__ import annotations

from kofu.issuing.journal_grants import CONSOLE_GRANTS, JOURNAL_GRANTS

READ_ONLY = (
    "fact_assessments",
    "fact_collections",
    "fact_residents",
    "fact_card_certificates",
    "generation",
    "active_generation",
    "erasure",
    "issuing_erasure_on_disk",
    "standing_hold",
    "issuing_row_finding",
    "issuing_judged_feed",
    "issuing_glyph_set",
)
APPEND_ONLY = ("hold_message",)

#: `{app}` is the role of the running system; `platform.migrate` fills it in.
GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT ON {table} TO {{app}}" for table in READ_ONLY),
    *(f"GRANT SELECT, INSERT ON {table} TO {{app}}" for table in APPEND_ONLY),
    *JOURNAL_GRANTS,
    "GRANT SELECT ON generation, active_generation, erasure, issuing_erasure_on_disk, retention_run TO {screens}",
    # people sign what the timer proposed; only the owner of the schema erases
    "GRANT SELECT, UPDATE (state, ended_at) ON issuing_erasure_order TO {screens}",
    "GRANT SELECT, INSERT ON issuing_erasure_signature TO {screens}",
    "GRANT SELECT ON issuing_glyph_set, issuing_glyph_delivery TO {screens}",
    *CONSOLE_GRANTS,
)
