"""One way for every verb: one place words errors and says how a command ends, one option names a database."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.shared.databases import owner_url
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.cli.shared.written_files import require_folder, write_for_owner
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


#: What a command writes as it comes, and why nobody is in it; everything else goes through `written_files`.
SHOWS_NOBODY = {
    "across_systems/evidence.py": "promises and their checks",
    "across_systems/life_cycles.py": "pages of the docs",
    "center.py": "a month's statement: counts and numbers of papers",
    "code.py": "public keys and revoked numbers",
    "token.py": "a request for a certificate",
}
WRITES = {"write_bytes", "write_text"}


def test_a_file_with_people_in_it_is_written_for_its_owner_alone() -> None:
    """「許可なく複写・複製しない」 (the assessment, III-4): everybody could read the file of people's accounts."""
    found = {
        path.relative_to(CLI).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in WRITES or (node.func.attr == "open" and any("w" in ast.unparse(a) for a in node.args)))
        and ast.unparse(node.func) != "os.open"
    }
    assert found - set(SHOWS_NOBODY) == {"up/up.py"}, "the lock of the arrangement, which is empty"
    assert set(SHOWS_NOBODY) - found == set()


def test_a_file_for_its_owner_has_mode_0600_whatever_the_mask_and_whatever_lay_there(tmp_path) -> None:
    there = tmp_path / "there.csv"
    there.write_bytes(b"old")
    there.chmod(0o644)
    before = os.umask(0)
    try:
        write_for_owner(there, b"new")
    finally:
        os.umask(before)
    assert (there.read_bytes(), there.stat().st_mode & 0o777) == (b"new", 0o600)


def test_a_folder_that_is_a_file_is_told_before_anything_is_made_for_it(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperatorFault, match="is a file: name a folder"):
        require_folder(tmp_path / "file")


def test_what_django_puts_around_an_error_of_the_database_is_taken_off_before_it_is_worded(capsys) -> None:
    """A name longer than its column ended in a traceback with the text of the database in it."""
    with pytest.raises(typer.Exit), word_faults("ledger"), django_errors():
        raise psycopg.errors.StringDataRightTruncation("value too long: 架空 太郎")
    said = capsys.readouterr().err
    assert said.startswith("nothing was changed: a number or a text given")
    assert "架空" not in said


@contextmanager
def django_errors() -> Iterator[None]:
    """Put around an error what Django puts."""
    from django.db.utils import DataError

    try:
        yield
    except psycopg.Error as error:
        raise DataError(*error.args) from error


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
