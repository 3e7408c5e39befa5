"""Which layouts are in use for a municipality."""

from __future__ import annotations

from kofu.core.profile import Profile
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.platform.settings import layouts_dir


def layouts_of(profile: Profile) -> Layouts:
    """Give the layouts in use for a municipality."""
    return Layouts(layouts_dir(), specimen=profile.specimen)
