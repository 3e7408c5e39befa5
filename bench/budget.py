"""Where the processor time of one certificate goes, step by step, in one thread of one process and its PostgreSQL.

    PYTHONPATH=src python -m bench.budget [REQUESTS]

The steps are those of `issue_certificate`, without TLS and HTTP (`bench.issue` measures the whole). Milliseconds of
this thread and of the backend it is connected to; waiting is not in them.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg

from bench.issue import Served, served_ward
from kofu.certificates import make
from kofu.contracts.issuing import Issued
from kofu.issuing.requests import issue, release
from kofu.issuing.requests.domain import eligibility
from kofu.issuing.serving.runtime import issuer_from_environment

STEPS = {
    "stored, read, numbered": (issue, "receive"),
    "facts as values": (issue, "read_facts"),
    "what eligibility sees": (issue, "standing_of"),
    "eligibility": (eligibility, "decide"),
    "order": (issue, "build_order"),
    "press": (make, "render"),
    "last look": (make, "take_last_look"),
    "released": (release, "_write"),
}


def timed(spent: Counter[str], name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def run(*words: Any, **more: Any) -> Any:
        began = time.thread_time_ns()
        try:
            return work(*words, **more)
        finally:
            spent[name] += time.thread_time_ns() - began

    return run


def backend_ns(connection: psycopg.Connection) -> int:
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0])


def measured(served: Served, requests: int) -> dict[str, object]:
    connection = psycopg.connect(served.database.app_url, autocommit=True)
    issuer = issuer_from_environment(connection, lane="bench", actor="issuing")
    gc.collect()
    gc.freeze()  # as a serving process does

    def ask(number: int) -> bool:
        return isinstance(issue.issue_certificate(connection, issuer, served.request(number)), Issued)

    for number in range(100):
        ask(number)
    before, began = backend_ns(connection), time.thread_time_ns()
    issued = sum(ask(number) for number in range(requests))
    whole, backend = time.thread_time_ns() - began, backend_ns(connection) - before
    spent: Counter[str] = Counter()
    with ExitStack() as watched:
        for step, (of, name) in STEPS.items():
            watched.enter_context(patch.object(of, name, timed(spent, step, getattr(of, name))))
        for number in range(requests):
            ask(number)
    return {
        "benchmark": "budget",
        "issued": issued,
        "thread_ms_each": round(whole / requests / 1e6, 2),
        "backend_ms_each": round(backend / requests / 1e6, 2),
        "steps_ms_each": {step: round(spent[step] / requests / 1e6, 3) for step in STEPS},
    }


def run(*, requests: int = 800, people: int = 1500) -> dict[str, object]:
    """Make a ward, ask in this process, give the figures."""
    with served_ward(people, workers=1) as served:
        served.process.terminate()  # its work is done here instead
        served.process.wait(20)
        with patch.dict(os.environ, served.environment()):
            return measured(served, requests)


if __name__ == "__main__":
    print(json.dumps(run(requests=int(sys.argv[1]) if sys.argv[1:] else 800), indent=2))
