"""How fast a processor and its Python are at the moment: what one fixed piece of work takes.

    python -m bench.pace

A shared processor changes its speed from hour to hour, and a Python built without profile-guided optimisation takes a
fifth more than one built with it. So every kept figure has its pace beside it: of two figures with the same pace the
code makes the difference.
"""

from __future__ import annotations

import hashlib
import platform
import re
import time

TIMES = 15
_ROWS = [f"{number:06}|見本　{number % 97}|{number * 7919 % 1_000_003:,}" for number in range(2_000)]
_CELL = re.compile(r"[^|]+")


def fixed_work() -> str:
    """Take texts apart and put them together, as most of the work here is; always the same."""
    kept: dict[str, list[str]] = {}
    for row in _ROWS:
        number, name, amount = _CELL.findall(row)
        kept.setdefault(name, []).append(f"{number} {int(amount.replace(',', '')) * 3:,}")
    whole = "\n".join(f"{name}: {', '.join(sorted(amounts))}" for name, amounts in sorted(kept.items()))
    return hashlib.sha256(whole.encode("utf-8")).hexdigest()


def pace_ms() -> float:
    """Milliseconds of processor time the fixed work takes: the least of some times, so that it is the machine's."""
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        fixed_work()
        taken.append((time.process_time() - began) * 1000)
    return round(min(taken), 2)


def main() -> None:
    print(f"{pace_ms()} ms by Python {platform.python_version()} ({platform.python_compiler()})")


if __name__ == "__main__":
    main()
