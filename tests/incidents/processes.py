"""Certificates issued by several processes at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import msgspec
from tests.issuing.world import ROOT


def issue_in_processes(world, batches, module="tests.incidents.worker"):
    """Run one process per batch of requests, all beginning together; give all answers."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    processes = []
    for number, batch in enumerate(batches):
        file = world.folder / f"requests-{number}.json"
        file.write_bytes(msgspec.json.encode(batch))
        words = [sys.executable, "-m", module, world.database.app_url, f"process-{number}", str(file)]
        processes.append(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        )
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = []
    for process in processes:
        out, _ = process.communicate(timeout=60)
        answers.append([json.loads(line) for line in out.splitlines()])
        assert process.returncode == 0
    return answers
