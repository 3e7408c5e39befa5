"""Every command declares the action it is, as every screen does; one that needs nobody's name says why."""

from __future__ import annotations

import pytest
import typer
from tests.cli.all_verbs import verbs

from kofu.cli import build
from kofu.cli.shared.declared import DeclaredCommand, command_action, declared_command, operator
from kofu.core.errors import OurFault
from kofu.platform.settings import DATABASE_SYSTEMS
from kofu.staff.operators.services import SERVICES, read_services

#: Verbs that change nothing of a ward and show no person. A new one is put here by somebody who thought about it.
OPEN = {
    "up", "serve", "font", "conformance", "kiosk-password", "login", "logout", "whoami", "ward make", "ward fault",
    "feed verify", "code page", "code check", "staff screens", "staff demo", "service list", "prove check", "audit key",
    "audit check", "audit everywhere", "simulate", "audit verify", "machine list", "restore prepare",
}  # fmt: skip
#: What the owner of a system without enough administrators may do, to get them.
FIRST = {"migrate", "staff office", "staff create", "staff confirm", "staff end-demo", "service key"}


def undeclared(app: typer.Typer) -> list[str]:
    return [name for name, verb in verbs(app) if declared_command(verb) is None]


def declared() -> dict[str, DeclaredCommand]:
    return {name: found for name, verb in verbs(build()) if (found := declared_command(verb)) is not None}


def test_every_command_declares_what_it_is() -> None:
    assert len(declared()) > 50
    assert undeclared(build()) == []


def test_a_command_that_declares_nothing_is_found() -> None:
    """The twin: the eyes of the test above are open."""
    app = typer.Typer()
    app.command()(lambda: None)
    inner = typer.Typer()
    inner.command(name="hidden")(lambda: None)
    app.add_typer(inner, name="group")
    assert len(undeclared(app)) == 2


def test_an_action_exists_in_the_systems_its_command_works_in() -> None:
    foreign = [
        (name, system)
        for name, one in declared().items()
        if one.action is not None
        for system in one.systems or DATABASE_SYSTEMS
        if system not in one.action.systems
    ]
    assert foreign == []


def test_what_needs_nobodys_name_is_a_short_list_with_reasons() -> None:
    found = declared()
    assert {name for name, one in found.items() if one.action is None} == OPEN
    assert [name for name in OPEN if len(found[name].why_open.split()) < 3] == []
    assert {name for name, one in found.items() if one.first} == FIRST


def test_what_an_unattended_job_may_do_some_command_does_in_its_system() -> None:
    done = {
        (one.action.code, system)
        for one in declared().values()
        if one.action is not None
        for system in one.systems or DATABASE_SYSTEMS
    }
    assert [(job.code, code) for job in SERVICES for code in job.actions if (code, job.system) not in done] == []


@pytest.mark.parametrize(
    "entry",
    [
        '{ code = "x", label = "x", system = "ledger", actions = ["nothing.such"] }',
        '{ code = "x", label = "x", system = "ledger", actions = [] }',
        '{ code = "x", label = "x", system = "issuing", actions = ["closing.close"] }',
    ],
)
def test_a_table_of_jobs_with_a_mistake_is_refused(tmp_path, entry) -> None:
    from kofu.core.errors import OperatorFault

    table = tmp_path / "services.toml"
    table.write_text(f'format = "kofu-services/1"\nservices = [{entry}]\n', encoding="utf-8")
    with pytest.raises(OperatorFault, match="bad_services"):
        read_services(table)


def test_an_action_the_table_lacks_is_a_defect_at_import() -> None:
    with pytest.raises(OurFault, match="no action"):
        command_action("stop.sett", "issuing")


def test_who_acts_is_asked_for_only_in_a_gated_command() -> None:
    with pytest.raises(OurFault, match="no_operator"):
        operator()
