"""cli.stack: what stops a start and what does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest

from kofu.cli.up.stack import Stack
from kofu.contracts.issuing import Hold, HoldAccepted, HoldKind
from kofu.core.errors import OperatorFault
from kofu.platform.hold_outbox import new_hold
from kofu.platform.tls import make_development_ca
from kofu.registry.send_hold import queue

pytestmark = pytest.mark.storage

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"


def answer(request: httpx.Request) -> httpx.Response:
    """`issuing` as the contract says: it takes digits, and refuses the rest."""
    got = msgspec.json.decode(request.content, type=Hold)
    if not (got.addressee_number or "").isdigit():
        return httpx.Response(400)
    return httpx.Response(
        200, content=msgspec.json.encode(HoldAccepted(hold_id=got.hold_id, standing_revision=got.revision))
    )


def down(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def stack(system_database, tmp_path, said) -> Stack:
    make_development_ca(tmp_path / "tls")
    made = Stack(var=tmp_path, profile=PROFILE, people=1, say=said.append)
    made._databases["registry"] = system_database("registry")
    with psycopg.connect(made._databases["registry"].app_url, autocommit=True) as connection:
        holds = [
            new_hold(
                hold_id=f"{place:032x}", municipality_code="139998", kind=HoldKind.PROTECTION, addressee_number=number,
                serial=None, effective_from=date(2026, 11, 23), sent_at=AT,
            )
            for place, number in enumerate(("00000O0001", "0000000002"))
        ]  # fmt: skip
        queue(connection, holds, AT)
    return made


def sending_to(monkeypatch, how) -> None:
    monkeypatch.setenv("KOFU_ISSUING_URL", "https://issuing")
    monkeypatch.setattr("kofu.cli.up.stack.httpx.Client", partial(httpx.Client, transport=httpx.MockTransport(how)))


def test_a_hold_issuing_refuses_stops_no_start_and_stands_before_no_other(stack, said, monkeypatch) -> None:
    """One typo in an 宛名番号 stopped every start until somebody edited the database."""
    sending_to(monkeypatch, answer)
    stack._send_holds()
    assert said == [
        "holds      1 refused by issuing: see `kofu hold list`, correct or discard them",
        "holds      1 sent to issuing at once",
    ]


def test_a_start_whose_issuing_is_not_there_to_take_the_holds_ends(stack, monkeypatch) -> None:
    """P7: without the holds in force nothing is served."""
    sending_to(monkeypatch, down)
    with pytest.raises(OperatorFault, match="2 holds could not be sent"):
        stack._send_holds()
