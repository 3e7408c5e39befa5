"""Ask the registry what stands against a person now: 支援措置, 死亡 and the like, set a moment ago or years ago (P7).

The ledger learns of people by files; what must not wait for a file is asked for, at every application, every preview
and every issue. No answer is not a yes: the counter then issues nothing (P3).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import msgspec

from kofu.contracts.registry import PersonAsked, ProtectedPeople, StandingHolds
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault, PeerFault
from kofu.core.kinds import HoldKind
from kofu.platform.settings import url_of
from kofu.platform.tls import client_context, file_stamp, tls_files

PATH = "/v1/standing-holds"
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
#: Give the kinds of holds in force on a 宛名番号, or None where the registry gave no answer.
AskRegistry = Callable[[str], tuple[HoldKind, ...] | None]

_lock = threading.Lock()
_clients: dict[tuple[object, ...], httpx.Client] = {}


def ask_registry_of(municipality_code: str) -> AskRegistry:
    """Give the question, asked with the ledger's own certificate at the address the environment names."""

    def ask(addressee_number: str) -> tuple[HoldKind, ...] | None:
        try:
            return ask_over(_client(), municipality_code, addressee_number)
        except (OperatorFault, PeerFault):
            return None

    return ask


def ask_over(client: httpx.Client, municipality_code: str, addressee_number: str) -> tuple[HoldKind, ...]:
    """Ask over a client. Raises `PeerFault` `registry_silent` for everything that is not an answer."""
    asked = msgspec.json.encode(PersonAsked(municipality_code=municipality_code, addressee_number=addressee_number))
    try:
        try:
            answer = client.post(PATH, content=asked)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            answer = client.post(PATH, content=asked)  # a kept connection was closed; a question may be asked anew
        answer.raise_for_status()
        found = msgspec.json.decode(answer.content, type=StandingHolds)
    except (httpx.HTTPError, *UNREADABLE) as error:
        raise PeerFault("registry_silent", f"the registry gave no answer ({type(error).__name__})") from error
    return tuple(HoldKind(kind.value) for kind in found.kinds)


def protected_people(municipality_code: str) -> frozenset[str]:
    """Give the 宛名番号 of everybody under 支援措置 now. Raises `PeerFault` `registry_silent`."""
    return protected_over(_client(), municipality_code)


def protected_over(client: httpx.Client, municipality_code: str) -> frozenset[str]:
    """Ask the same over a client."""
    try:
        answer = client.get(f"/v1/municipalities/{municipality_code}/protected-people")
        answer.raise_for_status()
        return frozenset(msgspec.json.decode(answer.content, type=ProtectedPeople).addressee_numbers)
    except (httpx.HTTPError, *UNREADABLE) as error:
        raise PeerFault("registry_silent", f"the registry gave no answer ({type(error).__name__})") from error


def _client() -> httpx.Client:
    """Open the connection at first use; one serves all threads of the process, until our certificate is replaced."""
    files = tls_files("ledger")
    asked = (url_of("registry"), file_stamp(files.certificate), file_stamp(files.key))
    with _lock:
        if asked not in _clients:
            _clients.clear()  # whoever still asks over the old one ends with it
            _clients[asked] = httpx.Client(base_url=asked[0], verify=client_context(files), timeout=TIMEOUT)
        return _clients[asked]
