"""The lock of the nightly feed: one run at a time, and nothing that would change what it states beside it."""

from __future__ import annotations

LOCK = "SELECT pg_try_advisory_lock(hashtextextended('kofu ledger night ' || %s, 0))"


LOCK_IN_TRANSACTION = "SELECT pg_try_advisory_xact_lock(hashtextextended('kofu ledger night ' || %s, 0))"


UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('kofu ledger night ' || %s, 0))"
