"""Make the assessor's paper of a demonstration: `python -m kofu.cli.up.demonstrated docs`.

Everything is brought up on ports and in a folder of its own, a certificate is issued, every promise is looked at,
and all ends again.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from kofu.cli.across_systems.evidence import look_everywhere
from kofu.cli.up.self_check import self_check
from kofu.cli.up.stack import SERVED, Stack
from kofu.core.errors import OperatorFault
from kofu.evidence.paper import evidence_pdf
from kofu.evidence.report import as_json
from kofu.platform.fonts import find_font
from kofu.platform.settings import DATABASE_SYSTEMS, anchors_dir, profile_path

PEOPLE = 120
ANCHORED_SECONDS_MAX = 60


def make_evidence(docs: Path) -> None:
    """Write evidence.pdf and evidence.json of a demonstration into `docs`. Raises `OperatorFault` as `kofu up` does."""
    with tempfile.TemporaryDirectory(prefix="kofu-evidence-") as folder:
        var = Path(folder) / "var"
        var.mkdir(mode=0o700)
        os.environ |= {"KOFU_VAR": str(var), **_free_ports()}
        stack = Stack(var=var, profile=profile_path(), people=PEOPLE, say=_say_line, day_in_progress=True)
        try:
            stack.prepare()
            stack.start()
            _say_line(self_check(stack))
            os.environ |= _exported(var / "operator.sh")
            _wait_for_anchors()
            report = look_everywhere(datetime.now(UTC), "kofu up")
        finally:
            stack.stop()
    (docs / "evidence.json").write_bytes(as_json(report))
    (docs / "evidence.pdf").write_bytes(evidence_pdf(report, find_font()))


def _free_ports() -> dict[str, str]:
    """Find a port for each process, so that a demonstration that runs already is not in the way."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in SERVED]
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return {f"KOFU_{system.upper()}_PORT": port for system, port in zip(SERVED, ports, strict=True)}


def _exported(path: Path) -> dict[str, str]:
    lines = [line.removeprefix("export ") for line in path.read_text(encoding="utf-8").splitlines()]
    return {name: "".join(shlex.split(value)) for name, _, value in (line.partition("=") for line in lines)}


def _wait_for_anchors() -> None:
    """Wait until each system has made its first anchor: their processes do so by themselves."""
    deadline = time.monotonic() + ANCHORED_SECONDS_MAX
    while not all(any(anchors_dir(system).glob("*.checkpoint")) for system in DATABASE_SYSTEMS):
        if time.monotonic() > deadline:
            raise OperatorFault(
                "no_anchors", f"no anchors within {ANCHORED_SECONDS_MAX} s; see the log of the processes"
            )
        time.sleep(0.2)


def _say_line(line: str) -> None:
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    make_evidence(Path(sys.argv[1]))
