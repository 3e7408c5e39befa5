"""Layouts as data: one TOML file each. Those shipped here are invented, say so, and are for demonstration only."""

from __future__ import annotations

from importlib.resources import files

from kofu.core.errors import ensure

DEMONSTRATIONS = frozenset(
    {
        "demonstration_barcode",
        "demonstration_batch_slips",
        "demonstration_convenience_reports",
        "demonstration_electronic_payments",
        "demonstration_keyed_claims",
        "demonstration_keyed_payments",
        "demonstration_returned_transfers",
        "ward_barcode",
        "ward_electronic_payments",
        "ward_keyed_payments",
    }
)


def demonstration(name: str) -> bytes:
    """Give the TOML of a shipped demonstration layout."""
    ensure(name in DEMONSTRATIONS, f"there is a demonstration layout {name}")
    return (files(__name__) / f"{name}.toml").read_bytes()
