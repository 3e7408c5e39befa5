"""The ASGI app of the ledger's staff screens."""

from __future__ import annotations

from typing import Any


def create_app() -> Any:
    """Build the app for uvicorn."""
    from kofu.platform.staff.server import create_app as build

    return build("ledger", screens="ledger")
