"""The ASGI app of the ledger's staff screens; beside them it sends holds to `issuing` as soon as they are set (P7)."""

from __future__ import annotations

from typing import Any

SECONDS_BETWEEN_ROUNDS = 1.0


def create_app() -> Any:
    """Build the app for uvicorn."""
    from kofu.ledger.send_holds import send_from_environment
    from kofu.platform.background import WithBackground
    from kofu.platform.staff.server import create_app as build

    return WithBackground(
        build("ledger", screens="ledger"), send_from_environment, "ledger.holds", SECONDS_BETWEEN_ROUNDS
    )
