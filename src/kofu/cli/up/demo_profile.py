"""The profile of a demonstration: service hours that never end."""

from __future__ import annotations

import re
import shutil
from pathlib import Path


def open_around_the_clock(profile: Path, folder: Path) -> Path:
    """Write the profile again with service hours that never end: a demonstration at night is still a demonstration."""
    if profile.resolve().parent == folder.resolve():
        return profile  # written before: `var/operator.sh` names it
    folder.mkdir(parents=True, exist_ok=True)
    text = profile.read_text(encoding="utf-8")
    text = re.sub(r"^opens = .*$", "opens = 00:00:00", text, flags=re.MULTILINE)
    text = re.sub(r"^closes = .*$", "closes = 23:59:59", text, flags=re.MULTILINE)
    text = re.sub(r"^closed_year_end = .*$", "closed_year_end = false", text, flags=re.MULTILINE)
    text = re.sub(r"^closed_weekends = .*$", "closed_weekends = false", text, flags=re.MULTILINE)
    shutil.copytree(profile.parent / "seals", folder / "seals", dirs_exist_ok=True)
    path = folder / profile.name
    path.write_text(text, encoding="utf-8")
    return path
