"""The table of promises and looks, read once and checked whole."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from kofu.core.errors import OurFault
from kofu.evidence.domain.promises import PromiseTable, faults_of

FOLDER = Path(__file__).parent
PROMISES, CHECKS = "kofu-promises/1", "kofu-evidence-checks/1"


def read_table(promises: str, checks: str) -> PromiseTable:
    """Read the two files. Raises `OurFault` `promise_table` naming every sentence nothing stands behind."""
    sentences, looks = tomllib.loads(promises), tomllib.loads(checks)
    if (sentences.get("format"), looks.get("format")) != (PROMISES, CHECKS):
        raise OurFault("promise_table", f"the tables of the evidence are not {PROMISES} and {CHECKS}")
    try:
        table = msgspec.convert(
            {"source": sentences["source"], "promises": sentences["promise"], "checks": looks["check"]}, PromiseTable
        )
    except msgspec.ValidationError as error:
        raise OurFault("promise_table", str(error)) from error
    if faults := faults_of(table):
        raise OurFault("promise_table", "; ".join(faults))
    return table


@cache
def promise_table() -> PromiseTable:
    """Give the table this program keeps."""
    return read_table(
        (FOLDER / "promises.toml").read_text(encoding="utf-8"), (FOLDER / "checks.toml").read_text(encoding="utf-8")
    )
