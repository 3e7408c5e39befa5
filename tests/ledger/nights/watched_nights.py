"""Nights watched on the screen."""

from __future__ import annotations

import re
import threading


def wait_for_runs() -> None:
    """Wait until no run of a screen is at work any more."""
    for thread in threading.enumerate():
        if thread.name == "night":
            thread.join(30)


def words(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())
