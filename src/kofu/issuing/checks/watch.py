"""Attestation that goes on while a process serves (P8): what was true at the start may end.

宗像市 2023: the program that ran was not the one that was meant. A new deployment may be registered while old workers
run; a role's settings may give up durability; a database may be put back to an older state under a running process.
So each process looks again every few seconds, through a connection of its own, made anew: a setting of a role takes
hold when a session begins. From a look that finds something on, nothing is released until a look finds nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

import psycopg

from kofu.core.errors import KofuError, OperatorFault
from kofu.issuing.checks.attest import BuildStatement, differences_now
from kofu.issuing.checks.fence import Fence, advance, require_not_gone_back
from kofu.platform.restored import require_proven

GLYPHS_CHANGED = "glyphs_changed"
WATCH_SECONDS = 5.0
"""Between two looks: so long a worker may go on after it should not."""

_LOG = logging.getLogger("kofu.issuing.checks.watch")


def look(connection: psycopg.Connection, statement: BuildStatement, fence: Fence) -> OperatorFault | None:
    """Say why a process that stated `statement` at its start may not serve any more; None where it may."""
    found = differences_now(connection, statement)
    if {one.what for one in found} == {"glyphs"}:
        return OperatorFault(GLYPHS_CHANGED, "another set of drawn glyphs (外字) is registered than this process has")
    if found:
        return OperatorFault(
            "attestation_ended",
            f"this process is no longer what is registered ({', '.join(d.what for d in found)}); start it again",
        )
    try:
        require_proven(connection, "issuing")
        require_not_gone_back(connection, fence)
    except OperatorFault as fault:
        return fault
    advance(connection, fence)
    return None


class Watch:
    """Looks again and again beside the work; `fault` is why nothing may leave now, or None."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        statement: BuildStatement,
        fence: Fence,
        draw_anew: Callable[[psycopg.Connection], str] | None = None,
    ) -> None:
        """Begin with the look that `attest` has just made: nothing is wrong.

        `draw_anew` lets the process draw with the glyph set that is held now, and gives its digest; without it a
        process with another set than the registered one stops.
        """
        self._draw_anew = draw_anew
        self._connect = connect
        self._statement = statement
        self._fence = fence
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.fault: OperatorFault | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; leave the mark where the database is now."""
        self._ended.set()
        self._thread.join()
        self.look_once()

    def look_once(self) -> None:
        """Look now. A database that does not answer changes nothing: then nothing can be released either."""
        try:
            with self._connect() as connection:
                fault = look(connection, self._statement, self._fence)
                if fault is not None and fault.code == GLYPHS_CHANGED and self._draw_anew is not None:
                    self.fault = fault  # nothing leaves with the set that was passed
                    self._statement = replace(self._statement, glyphs=self._draw_anew(connection))
                    fault = look(connection, self._statement, self._fence)
                self.fault = fault
        except psycopg.OperationalError as error:
            _LOG.error("the watch finds no database: %s", type(error).__name__)
        except (KofuError, OSError, psycopg.Error) as error:
            _LOG.error("the watch cannot look: %s", type(error).__name__)
            self.fault = OperatorFault("watch_failed", "this process cannot tell whether it may serve; see its log")

    def _run(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            self.look_once()
            if self.fault is not None:
                _LOG.error("nothing is issued: %s", self.fault)
