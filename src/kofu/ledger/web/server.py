"""The ASGI app of the ledger's staff screens; beside them it sends and learns what cannot wait (P7).

Holds go to `issuing` as soon as they are set; who is under 支援措置 is learnt from the registry, which tax feed
is active from `issuing`.
"""

from __future__ import annotations

from typing import Any

SECONDS_BETWEEN_ROUNDS = 1.0
SECONDS_BETWEEN_QUESTIONS = 30.0


def create_app() -> Any:
    """Build the app for uvicorn."""
    from kofu.ledger.addressees.keep_protection import keep_from_environment
    from kofu.ledger.holds.send_holds import follow_from_environment, send_from_environment
    from kofu.platform.background import BackgroundWork, WithBackground
    from kofu.staff.server import create_app as build

    sending = BackgroundWork(send_from_environment, "ledger.holds", SECONDS_BETWEEN_ROUNDS)
    learning = BackgroundWork(keep_from_environment, "ledger.protection", SECONDS_BETWEEN_QUESTIONS)
    following = BackgroundWork(follow_from_environment, "ledger.active_feed", SECONDS_BETWEEN_QUESTIONS)
    return WithBackground(build("ledger", screens="ledger"), (sending, learning, following))
