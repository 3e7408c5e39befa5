"""The file of rates: read once, checked whole, errors name the key."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.rates import RateKind, RateTable

RATES_FILE = Path(__file__).with_name("rates.toml")
HIGHEST_RATE = 200
NEEDED = (RateKind.FIRST_MONTH, RateKind.AFTER, RateKind.REFUND)  # grace: since 2014 only


def load_rates(path: Path = RATES_FILE) -> RateTable:
    """Read a file of rates. Raises `OperatorFault` `rates_file` naming file and key."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["years"]
        return RateTable({_year(path, key): _rates(path, key, rates) for key, rates in tables.items()}, path.name)
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise OperatorFault("rates_file", f"{path.name} cannot be read as rates: {error}") from error


@lru_cache(maxsize=1)
def rates() -> RateTable:
    """Give the rates that come with the program, read once."""
    return load_rates()


def _year(path: Path, key: str) -> int:
    if not (key.isascii() and key.isdigit()):
        raise OperatorFault("rates_file", f"{path.name}: years.{key} is not a calendar year")
    return int(key)


def _rates(path: Path, key: str, rates: dict[str, object]) -> dict[RateKind, int]:
    found: dict[RateKind, int] = {}
    for name, value in rates.items():
        if name not in set(RateKind):
            raise OperatorFault("rates_file", f"{path.name}: years.{key}.{name} is no rate; known: {list(RateKind)}")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= HIGHEST_RATE:
            raise OperatorFault(
                "rates_file", f"{path.name}: years.{key}.{name} must be per mille, 0 to {HIGHEST_RATE}: 28 is 2.8 %"
            )
        found[RateKind(name)] = value
    missing = [kind.value for kind in NEEDED if kind not in found]
    if missing:
        raise OperatorFault("rates_file", f"{path.name}: years.{key} has no {', '.join(missing)}; state the whole year")
    return found
