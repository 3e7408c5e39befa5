"""The ASGI app of the operations console."""

from __future__ import annotations

from typing import Any


def create_app() -> Any:
    """Build the app for uvicorn."""
    from kofu.staff.server import create_app as build

    return build("issuing", screens="console")
