"""What the environment says of the centre: its wards, its own address as printed on backs, whose cards it takes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from kofu.center.card_check import CardAuthority
from kofu.center.card_profile import CardProfile
from kofu.core.errors import OperatorFault
from kofu.platform.profiles import load_profile
from kofu.platform.settings import port_of, profile_path, url_of, var_dir

MUNICIPALITY = re.compile("[0-9]{6}")


def read_routes() -> dict[str, str]:
    """Read municipality code → ward address from the JSON file KOFU_ROUTES names; by default the profile's ward."""
    named = os.environ.get("KOFU_ROUTES")
    if not named:
        return {load_profile(profile_path()).code: url_of("issuing")}
    try:
        routes = msgspec.json.decode(Path(named).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise OperatorFault("bad_routes", f"KOFU_ROUTES names {named}, which cannot be read: {error}") from error
    for code, address in routes.items():
        if not MUNICIPALITY.fullmatch(code) or not address.startswith("https://"):
            raise OperatorFault("bad_routes", f"{named}: {code!r} must be six digits and lead to an https address")
    return routes


def verification_address() -> str:
    """Address of the page that reads backs again, as printed on them: `KOFU_VERIFICATION_ADDRESS`, else loopback."""
    return os.environ.get("KOFU_VERIFICATION_ADDRESS", f"http://localhost:{port_of('verification')}/")


def card_authority() -> CardAuthority:
    """Read whose cards are taken (`KOFU_CARD_AUTHORITY`, else the stand-in's) and by which policies."""
    named, policies = os.environ.get("KOFU_CARD_AUTHORITY"), os.environ.get("KOFU_CARD_POLICIES")
    profile = CardProfile.read(Path(policies) if policies else None)
    return CardAuthority.read(Path(named) if named else var_dir() / "jpki" / "ca.pem", profile)
