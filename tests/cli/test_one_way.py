"""One way for every verb: one place words errors and says how a command ends, one option names a database."""

from __future__ import annotations

import ast
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.shared.databases import owner_url
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import InvariantBroken, KofuError, OperatorFault, PeerFault, ResidentFault

CLI = Path(__file__).parents[2] / "src" / "kofu" / "cli"
#: Of the arrangement on one machine only its verbs: the rest is no command and may go on after an error.
MODULES = [
    path
    for path in sorted(CLI.rglob("*.py"))
    if path.relative_to(CLI).parts[0] != "up" or path.name in {"up.py", "serve.py"}
]
#: Places that hold an error back and go on; each says why beside it.
GOES_ON = {"ledger/ledger.py": 1}


def test_a_verb_leaves_wording_an_error_to_the_one_place_that_does() -> None:
    for path in MODULES:
        name = path.relative_to(CLI).as_posix()
        handlers = [
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ExceptHandler)
        ]
        caught = [handler for handler in handlers if handler.type and "KofuError" in ast.unparse(handler.type)]
        assert len(caught) == (1 if name == "shared/faults.py" else GOES_ON.get(name, 0)), name


def test_how_a_command_ends_has_a_name() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Exit":
                assert ast.unparse(node).startswith("typer.Exit(ExitCode."), path


def test_a_database_is_an_option_in_one_place() -> None:
    for path in MODULES:
        name = path.relative_to(CLI).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Option":
                assert "DATABASE_URL" not in ast.unparse(node), name


@pytest.mark.parametrize("verbs", ["feed import", "ledger verify", "payments post", "registry load", "code revoke"])
def test_every_verb_that_names_a_database_names_it_alike(verbs) -> None:
    said = CliRunner().invoke(build(), [*verbs.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert "--database" in said
    assert "OWNER_DATABASE_URL" in said


FAULTS = {
    "operator": (OperatorFault("no_key", "no key"), ExitCode.REFUSED, "not done: no key [no_key]"),
    "resident": (ResidentFault("not_offered", "not offered"), ExitCode.REFUSED, "not done: not offered [not_offered]"),
    "peer": (PeerFault("bad", "bad"), ExitCode.REFUSED, "not done: bad [bad]; who sent it must put it right"),
    "ours": (InvariantBroken("1 = 2"), ExitCode.DEFECT, "not done: 1 = 2 [invariant_broken]; this is a defect of kofu"),
    "rows": (psycopg.errors.UniqueViolation("Key (name)=(甲) exists"), ExitCode.DEFECT, "refused a step and undid it"),
    "line": (
        psycopg.OperationalError("password secret"),
        ExitCode.REFUSED,
        "the database of the ledger does not answer",
    ),
    "file": (FileNotFoundError(2, "No such file", "x.csv"), ExitCode.REFUSED, "not done: x.csv: No such file"),
}


@pytest.mark.parametrize(("fault", "code", "words"), FAULTS.values(), ids=FAULTS)
def test_whose_fault_it_is_decides_how_a_command_ends_and_what_it_says(fault, code, words, capsys) -> None:
    """What a database says of a row or an address is repeated nowhere: it may quote a name or a password."""
    with pytest.raises(typer.Exit) as ended, word_faults("ledger", head="not done", leaves=ExitCode.REFUSED):
        raise fault
    said = capsys.readouterr().err
    assert (ended.value.exit_code, words in said, said.count("\n")) == (code, True, 1), said
    assert "甲" not in said
    assert "secret" not in said


def test_an_error_of_another_kind_of_fault_leaves_with_the_code_of_the_verb_or_of_all() -> None:
    with pytest.raises(typer.Exit) as ended, word_faults():
        raise OperatorFault("no_key", "no key")
    assert ended.value.exit_code is ExitCode.CANNOT


def test_the_address_is_that_of_the_option_or_of_the_environment_or_is_asked_for(monkeypatch) -> None:
    monkeypatch.setenv("KOFU_LEDGER_OWNER_DATABASE_URL", "postgresql://environment")
    assert owner_url("ledger", "postgresql://option") == "postgresql://option"
    assert owner_url("ledger") == "postgresql://environment"
    monkeypatch.delenv("KOFU_LEDGER_OWNER_DATABASE_URL")
    with pytest.raises(KofuError, match="KOFU_LEDGER_OWNER_DATABASE_URL is not set") as missing:
        owner_url("ledger")
    assert missing.value.code == "no_database_url"
