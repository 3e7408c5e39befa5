"""The kill switch starts alone: on a machine that is busy it does not wait for what other verbs need."""

from __future__ import annotations

import subprocess
import sys

from typer.testing import CliRunner

from kofu.cli import build, emergency


def test_the_kill_switch_is_the_same_command_with_and_without_the_other_verbs():
    alone, among_others = (CliRunner().invoke(made(), ["stop", "set", "--help"]).output for made in (emergency, build))
    assert "--reason" in alone
    assert alone.replace("root", "") == among_others.replace("root", "")


def test_the_kill_switch_draws_in_nothing_of_the_other_verbs():
    words = "import sys; from kofu.cli import emergency; emergency(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True).stdout.split()
    assert not {"httpx", "polars", "django", "uvicorn", "kofu.cli.registry.hold", "kofu.cli.ward"} & set(loaded)
