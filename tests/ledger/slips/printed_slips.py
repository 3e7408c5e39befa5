"""Slips printed for the tests of what stands on them."""

from __future__ import annotations

from pathlib import Path

from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.profiles import load_profile

PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")
PAPERS = ledger_profile(PROFILE.code).papers
PICTURES = Path(__file__).parents[2] / "artefacts" / "slips"
