"""Connections to the database that the simulation can interrupt, cut and let the database refuse on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

from kofu.simulation.plan import DrawnFault, FaultStrike
from kofu.simulation.stage import Killed, StagedActor, on_stage

_T = TypeVar("_T")
_NOT_REFUSED = frozenset({"_enter_gen", "_exit_gen", "_commit_gen", "_rollback_gen"})
"""Round trips that begin or end a transaction: the database refuses between those; there, lines are cut.

psycopg counts a transaction as begun only once its own generator runs: refused before, it would never be good again.
"""
_SENDS_NOTHING = "BasePipeline._enter_gen"
"""Entering a pipeline is no round trip: nothing is sent, so there is no moment after the database did it."""
_BEFORE = {FaultStrike.KILL_AFTER: FaultStrike.KILL_BEFORE, FaultStrike.CUT_AFTER: FaultStrike.CUT_BEFORE}


class StagedLine(psycopg.Connection[Any]):
    """A connection each of whose round trips is a step of the actor that makes it."""

    def wait(self, gen: PQGen[_T], *args: Any, **more: Any) -> _T:
        """Make one round trip: stand first, then be struck by what the plan has for it."""
        actor = on_stage()
        if actor is None:
            return super().wait(gen, *args, **more)
        if actor.dying:
            self._end()
            raise Killed
        actor.round_trips += 1
        try:
            actor.stand("before a round trip")
            fault = actor.stage.fault_for(actor)
            if fault is not None and getattr(gen, "__qualname__", "") == _SENDS_NOTHING:
                fault = replace(fault, strike=_BEFORE.get(fault.strike, fault.strike))
            if fault is not None:
                self._before(actor, fault, getattr(gen, "__name__", ""))
            actor.pid, actor.in_database = self.info.backend_pid if not self.closed else 0, True
            try:
                answer = super().wait(gen, *args, **more)
            finally:
                actor.in_database = False
            if fault is not None:
                self._after(actor, fault)
        except Killed:
            self._end()
            raise
        finally:
            if self.closed or self.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
                actor.pid = 0
        return answer

    def _before(self, actor: StagedActor, fault: DrawnFault, what: str) -> None:
        match fault.strike:
            case FaultStrike.KILL_BEFORE:
                self._kill(actor)
            case FaultStrike.CUT_BEFORE:
                self._end()
                raise psycopg.OperationalError("the line was cut")
            case FaultStrike.FREEZE:
                actor.sleep(fault.seconds)
            case FaultStrike.REFUSE if what not in _NOT_REFUSED and self._can_refuse():
                self._refuse(fault.sqlstate)

    def _after(self, actor: StagedActor, fault: DrawnFault) -> None:
        match fault.strike:
            case FaultStrike.KILL_AFTER:
                self._kill(actor)
            case FaultStrike.CUT_AFTER:
                self._end()
                raise psycopg.OperationalError("the line was cut")

    def _kill(self, actor: StagedActor) -> None:
        actor.dying = True
        raise Killed

    def _end(self) -> None:
        """Cut the line, and wait until the database has let go of what it held."""
        actor = on_stage()
        if not self.closed:
            pid = self.info.backend_pid
            self.pgconn.finish()
            if actor is not None:
                actor.stage.wait_for_end_of(pid)

    def _can_refuse(self) -> bool:
        """Whether an error can come here: a transaction that is over already answers with its own."""
        return self.info.transaction_status in {
            psycopg.pq.TransactionStatus.IDLE,
            psycopg.pq.TransactionStatus.INTRANS,
        }

    def _refuse(self, sqlstate: str) -> None:
        """Let the database itself refuse, in the transaction as it is."""
        planted = f"DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{sqlstate}'; END $$"
        result = self.pgconn.exec_(planted.encode())
        raise psycopg.errors.error_from_result(result)
