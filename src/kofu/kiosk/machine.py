"""The machine itself: paper in the tray, in or out of service, what it counted. Nothing about any person."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault
from kofu.kiosk.domain.printing import Ended, PrintFailure

SHEETS_MAX = 500


class MachineNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a restart must not change: service and paper."""

    in_service: bool = True
    sheets: int = 250


@dataclass(frozen=True, slots=True)
class Counts:
    """Print jobs since the kiosk was started, and how the last one that went wrong did."""

    printed: int = 0
    failed: int = 0
    unknown: int = 0
    last_problem: PrintFailure = PrintFailure.NONE


@dataclass(slots=True)
class Machine:
    """State of one kiosk, shared by all its visits; `path` keeps what a restart must not change."""

    path: Path
    note: MachineNote = field(default_factory=MachineNote)
    counts: Counts = field(default_factory=Counts)
    _lock: Lock = field(default_factory=Lock)

    @property
    def serving(self) -> bool:
        """Whether a visit can begin: in service and paper in the tray."""
        return self.note.in_service and self.note.sheets > 0

    def take_sheet(self) -> bool:
        """Draw one sheet. False: the tray is empty."""
        with self._lock:
            if self.note.sheets <= 0:
                return False
            self._keep(msgspec.structs.replace(self.note, sheets=self.note.sheets - 1))
            return True

    def load(self, sheets: int) -> None:
        """Say how many sheets lie in the tray now. Raises `OperatorFault` for a number it cannot hold."""
        if not 0 <= sheets <= SHEETS_MAX:
            raise OperatorFault("too_much_paper", f"the tray holds 0 to {SHEETS_MAX} sheets, not {sheets}")
        with self._lock:
            self._keep(msgspec.structs.replace(self.note, sheets=sheets))

    def serve(self, *, in_service: bool) -> None:
        """Take the kiosk into or out of service, also over a restart."""
        with self._lock:
            self._keep(msgspec.structs.replace(self.note, in_service=in_service))

    def count(self, ended: Ended) -> None:
        """Count a job by its end."""
        well = ended.problem is PrintFailure.NONE
        with self._lock:
            now = self.counts
            self.counts = Counts(
                printed=now.printed + well,
                failed=now.failed + (ended.known and not well),
                unknown=now.unknown + (not ended.known),
                last_problem=ended.problem or now.last_problem,
            )

    def _keep(self, note: MachineNote) -> None:
        self.note = note
        write_whole(self.path, msgspec.json.encode(note))


def read_machine(path: Path) -> Machine:
    """Read the state of before, or begin with a full tray. Raises `OperatorFault` for a file that is not of it."""
    try:
        return Machine(path, msgspec.json.decode(path.read_bytes(), type=MachineNote))
    except FileNotFoundError:
        return Machine(path)
    except UNREADABLE as error:
        raise OperatorFault("bad_machine_file", f"{path}: {error}; delete it to begin with a full tray") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file so that a power cut leaves the old one or the new one, readable by the kiosk alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
