"""住基ネットの照会: ask the registry for one person outside the ward, as the clerk who asks and for what."""

from __future__ import annotations

import httpx
import msgspec

from kofu.contracts.issuing import ErrorBody
from kofu.contracts.registry import LookedUp, LookUp
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import PeerFault
from kofu.platform.settings import url_of
from kofu.platform.tls import client_context, tls_files

TIMEOUT = httpx.Timeout(10.0, connect=2.0)


def look_up(asked: LookUp) -> LookedUp:
    """Ask with the ledger's own certificate. Raises `PeerFault`: the registry's code, or `registry_silent`."""
    with httpx.Client(base_url=url_of("registry"), verify=client_context(tls_files("ledger")), timeout=TIMEOUT) as line:
        return look_up_over(line, asked)


def look_up_over(client: httpx.Client, asked: LookUp) -> LookedUp:
    """Ask over a client. What was asked and answered is somebody's: no error repeats it."""
    try:
        answer = client.post("/v1/look-ups", content=msgspec.json.encode(asked))
    except httpx.HTTPError as error:
        raise PeerFault("registry_silent", f"the registry gave no answer ({type(error).__name__})") from None
    try:
        if answer.is_success:
            found = msgspec.json.decode(answer.content, type=LookedUp)
            if found.look_up_id != asked.look_up_id:
                raise PeerFault("registry_silent", "the registry answered another look-up; it was dropped")
            return found
        problem = msgspec.json.decode(answer.content, type=ErrorBody)
    except UNREADABLE:
        raise PeerFault("registry_silent", "the registry's answer is not of the contract") from None
    raise PeerFault(problem.code, f"the registry answered {answer.status_code}")
