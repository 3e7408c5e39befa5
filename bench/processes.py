"""A process and all it started, as `/proc` has them."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def stat_of(process: Path) -> list[str]:
    """Give the words of `stat` after the program's name: state, parent, … Raises `OSError` where it has ended."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def family_of(root: int) -> dict[Path, list[str]]:
    """Give the folders of a process and of all it started, that have not ended, each with the words of its `stat`."""
    found: dict[Path, list[str]] = {}
    children: dict[int, list[Path]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                found[entry] = stat_of(entry)
            except OSError:
                continue  # ended meanwhile: its time is in its parent's
            children.setdefault(int(found[entry][1]), []).append(entry)
    family, waiting = {}, [PROC / str(root)]
    while waiting:
        process = waiting.pop()
        if process in found:
            family[process] = found[process]
        waiting += children.get(int(process.name), [])
    return family
