"""The machine's own state outlives a restart; its counts name nobody."""

from __future__ import annotations

import stat

import pytest

from kofu.core.errors import OperatorFault
from kofu.kiosk.domain.printing import Ended, PrintFailure
from kofu.kiosk.machine import SHEETS_MAX, Counts, read_machine


def test_paper_and_service_outlive_a_restart(tmp_path) -> None:
    path = tmp_path / "kiosk" / "machine.json"
    machine = read_machine(path)
    machine.load(2)
    assert machine.take_sheet()
    machine.serve(in_service=False)
    again = read_machine(path)
    assert (again.note.sheets, again.note.in_service, again.serving) == (1, False, False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["machine.json"]


def test_an_empty_tray_gives_no_sheet(tmp_path) -> None:
    machine = read_machine(tmp_path / "machine.json")
    machine.load(1)
    assert (machine.take_sheet(), machine.take_sheet(), machine.serving) == (True, False, False)


@pytest.mark.parametrize("sheets", [-1, SHEETS_MAX + 1])
def test_more_paper_than_the_tray_holds_is_refused(tmp_path, sheets) -> None:
    with pytest.raises(OperatorFault, match="holds 0 to 500"):
        read_machine(tmp_path / "machine.json").load(sheets)


def test_ends_are_counted_and_the_last_problem_is_remembered(tmp_path) -> None:
    machine = read_machine(tmp_path / "machine.json")
    for ended in (Ended(1), Ended(0, PrintFailure.JAM), Ended(0, PrintFailure.POWER_CUT), Ended(2)):
        machine.count(ended)
    assert machine.counts == Counts(printed=2, failed=1, unknown=1, last_problem=PrintFailure.POWER_CUT)


def test_a_broken_file_is_named(tmp_path) -> None:
    path = tmp_path / "machine.json"
    path.write_text('{"sheets": "many"}')
    with pytest.raises(OperatorFault, match=r"machine\.json.*delete it"):
        read_machine(path)
