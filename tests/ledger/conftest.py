"""Ground of the ledger's tests: a folder of their own for keys."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the keys tests make out of the folder a developer's own processes use."""
    kept = os.environ.get("KOFU_VAR")
    os.environ["KOFU_VAR"] = str(tmp_path_factory.mktemp("ledger-var"))
    yield
    if kept is None:
        os.environ.pop("KOFU_VAR", None)
    else:
        os.environ["KOFU_VAR"] = kept
