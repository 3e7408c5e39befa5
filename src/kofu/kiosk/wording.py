"""The kiosk's texts: one TOML file per language under `texts/`. A language is added by adding a file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from kofu.core.errors import OurFault

Texts = dict[str, "str | Texts"]
FOLDER = Path(__file__).parent / "texts"
FIRST = "ja"


def load_texts() -> dict[str, Texts]:
    """Read every language. Raises `OurFault` where one lacks a text that Japanese has."""
    found = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    wanted = _keys(found[FIRST])
    for language, texts in found.items():
        missing = wanted ^ _keys(texts)
        if missing:
            raise OurFault(
                "texts_differ", f"texts/{language}.toml and {FIRST}.toml differ in: {', '.join(sorted(missing))}"
            )
    return found


def _keys(texts: Texts, prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for key, value in texts.items():
        keys |= _keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return keys
