"""Send whatever a published contract can generate, and see that every answer is one the contract names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

SERVER_FAULT = 500


def attack(document: dict[str, Any], ask: Callable[..., httpx.Response], *, examples: int) -> int:
    """Try `examples` messages for each operation, good ones and bad ones; gives how many operations there are.

    `ask(method, path, content=…, headers=…)` asks as a peer that may. A fault of ours is never an answer.
    """
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    for operation in operations:

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def keeps_to_it(case: Any) -> None:
            asked = case.as_transport_kwargs(base_url="https://peer")
            asked.pop("cookies", None)
            answer = ask(**asked)
            assert answer.status_code != SERVER_FAULT
            # JSON Schema takes 2026.0 for an integer; our readers do not, nor what no ward can mean
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])

        keeps_to_it()
    return len(operations)
