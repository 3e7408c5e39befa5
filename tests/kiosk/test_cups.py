"""Printing through CUPS: a real cupsd with a printer that writes what it gets, and programs that say what is wanted."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kofu.contracts.center import CenterDocument
from kofu.kiosk.cups import CupsPrinter
from kofu.kiosk.domain.printing import Ended, Job, PrintFailure
from kofu.kiosk.machine import Machine
from kofu.kiosk.printing import SimulatedPrinter, printer_of

SHEETS = [b"%PDF-1.7 first of two", b"%PDF-1.7 second of two"]
JOB = Job((2, 2), 200)
BACKEND = """#!/bin/sh
[ $# = 0 ] && exit 0
if [ -f {tray}/jam ]; then echo "STATE: +media-jam-error" >&2; sleep 120; fi
if [ -f {tray}/broken ]; then exit 1; fi
if [ -f {tray}/off ]; then exit 4; fi
if [ -n "$6" ]; then cat "$6"; else cat; fi > {tray}/$1.pdf
"""
FILES_CONF = """ServerRoot {at}/root
ServerBin {at}/bin
RequestRoot {at}/spool
CacheDir {at}/cache
StateDir {at}/state
TempDir {at}/temp
AccessLog {at}/log/access
ErrorLog {at}/log/error
PageLog {at}/log/page
"""
CUPSD_CONF = """Listen {address}
WebInterface No
Browsing No
PreserveJobFiles No
PreserveJobHistory Yes
ErrorPolicy stop-printer
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""


def documents() -> tuple[CenterDocument, ...]:
    return tuple(
        CenterDocument(certificate_number=str(n), pages=2, sha256="0" * 64, front_bytes=len(pdf), pdf=pdf)
        for n, pdf in enumerate(SHEETS)
    )


@pytest.fixture
def tray(unused_port_factory, monkeypatch) -> Iterator[Path]:
    """A cupsd of the test's own with one queue, `kiosk`; its printer puts each job into the tray as a file."""
    if shutil.which("cupsd", path="/usr/sbin:/usr/bin") is None or shutil.which("lp") is None:
        pytest.skip("there is no CUPS; on Debian: apt-get install cups-daemon cups-client")
    if subprocess.run(["id", "-u"], capture_output=True, check=True).stdout.strip() != b"0":
        pytest.skip("cupsd runs its backends only where it was started by root")
    at = Path(subprocess.run(["mktemp", "-d"], capture_output=True, check=True, text=True).stdout.strip())
    for folder in ("root", "bin", "bin/backend", "bin/filter", "spool", "cache", "state", "temp", "log", "tray"):
        (at / folder).mkdir()
        (at / folder).chmod(0o755)  # the printer runs under CUPS's own account, whatever the mask here is
    at.chmod(0o755)
    (at / "bin/daemon").symlink_to("/usr/lib/cups/daemon")
    (at / "tray").chmod(0o777)
    backend = at / "bin/backend/paper"
    backend.write_text(BACKEND.format(tray=at / "tray"))
    backend.chmod(0o755)
    address = f"127.0.0.1:{unused_port_factory()}"
    (at / "root/cups-files.conf").write_text(FILES_CONF.format(at=at))
    (at / "root/cupsd.conf").write_text(CUPSD_CONF.format(address=address))
    monkeypatch.setenv("CUPS_SERVER", address)
    with (at / "log/out").open("wb") as out:
        server = subprocess.Popen(
            ["/usr/sbin/cupsd", "-f", "-c", at / "root/cupsd.conf", "-s", at / "root/cups-files.conf"],
            stdout=out,
            stderr=out,
        )
    try:
        end = time.monotonic() + 15
        add = ["/usr/sbin/lpadmin", "-p", "kiosk", "-E", "-v", "paper:/tray", "-o", "printer-error-policy=stop-printer"]
        while subprocess.run(add, capture_output=True, check=False).returncode != 0:
            assert time.monotonic() < end, (at / "log/out").read_text()
            time.sleep(0.1)
        yield at / "tray"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(at)


def test_every_copy_is_a_job_and_cups_keeps_no_document(tray) -> None:
    """PreserveJobFiles No: what CUPS spooled is gone when the job is done; its history names no content."""
    pages: list[int] = []
    assert CupsPrinter("kiosk").print(documents(), JOB, None, pages.append) == Ended(2)
    assert sorted(path.read_bytes() for path in tray.iterdir()) == SHEETS
    assert pages == [1, 3]
    spooled = [path.read_bytes() for path in (tray.parent / "spool").rglob("*") if path.is_file()]
    assert not any(sheet in data for sheet in SHEETS for data in spooled)


def test_a_jam_that_cups_tells_of_ends_the_job_and_takes_it_back(tray) -> None:
    """Nothing may come out of the printer once the resident was told that it jammed."""
    (tray / "jam").touch()
    assert CupsPrinter("kiosk").print(documents(), JOB, None, lambda _: None) == Ended(0, PrintFailure.JAM)
    waiting = subprocess.run(["lpstat", "-W", "not-completed", "-o", "kiosk"], capture_output=True, check=True).stdout
    assert waiting == b""


def test_a_printer_that_breaks_off_has_failed(tray) -> None:
    (tray / "broken").touch()
    assert CupsPrinter("kiosk").print(documents(), JOB, None, lambda _: None) == Ended(0, PrintFailure.PRINTER_FAILED)


def test_a_queue_that_stops_has_failed(tray) -> None:
    (tray / "off").touch()
    assert CupsPrinter("kiosk").print(documents(), JOB, None, lambda _: None) == Ended(0, PrintFailure.PRINTER_FAILED)


@pytest.mark.parametrize(
    "said", ["Status: Filter failed\n\tAlerts: processing-to-stop-point", "Alerts: aborted-by-system"]
)
def test_a_job_that_cups_gave_up_has_failed(programs, said) -> None:
    program(
        programs, "lpstat", f'case "$*" in *not-completed*) ;; *completed*) printf "kiosk-7 root 1\n\t{said}\n";; esac'
    )
    assert print_with(Clock()) == Ended(0, PrintFailure.PRINTER_FAILED)


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Programs in place of CUPS's own, for what a real one cannot be brought to do: each notes how it was called."""
    program(
        tmp_path, "lp", f'echo "$@" >> {tmp_path}/called; cat > /dev/null; echo "request id is kiosk-7 (0 file(s))"'
    )
    program(tmp_path, "lpstat", "exit 0")
    program(tmp_path, "cancel", f"echo cancel $1 >> {tmp_path}/called")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def print_with(clock: Clock) -> Ended:
    return CupsPrinter("kiosk", clock=clock, sleep=clock.sleep).print(documents(), JOB, None, lambda _: None)


def test_both_sides_of_a4_are_asked_for_and_the_title_names_nobody(programs) -> None:
    print_with(Clock())
    assert (programs / "called").read_text().splitlines()[0] == (
        "-d kiosk -o media=A4 -o sides=two-sided-long-edge -o job-sheets=none -t certificate"
    )


def test_a_job_cups_keeps_no_record_of_ended_nobody_knows_how(programs) -> None:
    assert print_with(Clock()) == Ended(0, PrintFailure.POWER_CUT)


def test_a_job_that_does_not_end_in_time_is_cancelled_and_unknown(programs) -> None:
    program(programs, "lpstat", 'case "$*" in *not-completed*) echo "kiosk-7  root 1024  today";; esac')
    clock = Clock()
    assert print_with(clock) == Ended(0, PrintFailure.POWER_CUT)
    assert clock.seconds >= 300
    assert "cancel kiosk-7" in (programs / "called").read_text()


def test_paper_that_runs_out_is_known_by_cups_own_word(programs) -> None:
    program(
        programs,
        "lpstat",
        'case "$*" in *not-completed*) echo "kiosk-7 root 1024 today";; *-p*) echo "Alerts: media-empty-error";; esac',
    )
    assert print_with(Clock()) == Ended(0, PrintFailure.OUT_OF_PAPER)
    assert "cancel kiosk-7" in (programs / "called").read_text()


@pytest.mark.parametrize("script", ["exit 1", "cat > /dev/null; echo what", "kill -9 $$"])
def test_an_lp_that_takes_nothing_is_a_printer_that_failed(programs, script) -> None:
    program(programs, "lp", script)
    assert print_with(Clock()) == Ended(0, PrintFailure.PRINTER_FAILED)


def test_without_cups_the_printer_has_failed(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert print_with(Clock()) == Ended(0, PrintFailure.PRINTER_FAILED)


def test_a_queue_named_in_the_configuration_is_printed_to(tmp_path) -> None:
    machine = Machine(tmp_path / "machine.json")
    assert printer_of(machine, "front-desk") == CupsPrinter("front-desk")
    assert printer_of(machine, "") == SimulatedPrinter(machine)
    assert not CupsPrinter("front-desk").shows_paper
