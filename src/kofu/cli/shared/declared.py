"""What a command declares: the action it is, and in which system; or why it needs nobody's name.

::

    @app.command()
    @command_action("stop.lift", "issuing")
    def lift(stop_id: …, finding: …) -> None:
        with database() as connection:
            agree_to_lift(connection, acting_here(), stop_id, Signature(by=operator().actor, finding=finding))

A command without a declaration fails a test; one with an action asks for a session (`kofu login`) or a service's key,
for the right in `permissions.toml`, and for `--purpose` where the table wants one, before anything of it runs. Who it
is then, is `operator()`. There is no option that names somebody else: `--by` only says so.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from kofu.cli.shared.faults import word_faults
from kofu.core.errors import OperatorFault, OurFault
from kofu.staff.permissions import PERMISSIONS, Action

if TYPE_CHECKING:  # this draws in psycopg: `kofu --help` does without
    from kofu.staff.operators.entering import Operator

Verb = TypeVar("Verb", bound=Callable[..., None])
_MARK = "kofu_declared_command"
_OPERATOR: ContextVar[Operator | None] = ContextVar("operator", default=None)
#: Names the wrapper adds to a verb's own parameters; no verb has them.
CONTEXT, PURPOSE, BY = "kofu_context", "purpose", "by"


def _names_nobody(value: str) -> str:
    """Refuse the option by which people named themselves, before anything else is looked at."""
    if value:
        raise typer.BadParameter(
            "nobody is named by an option any more: who acts is who is logged in (`kofu login`)", param_hint="--by"
        )
    return value


By = Annotated[str, typer.Option(hidden=True, is_eager=True, callback=_names_nobody)]
Purpose = Annotated[
    str, typer.Option(help=f"照会の目的, what for: {', '.join(purpose.code for purpose in PERMISSIONS.purposes)}.")
]


@dataclass(frozen=True, slots=True)
class DeclaredCommand:
    """A command's declaration. `action` None: it needs nobody's name, for the reason in `why_open`.

    `systems`: where it works; of several the first whose database is named. Empty: the verb's own argument `system`.
    `first`: it makes the first accounts, so it runs without a session as long as there are not enough administrators.
    """

    action: Action | None
    systems: tuple[str, ...] = ()
    why_open: str = ""
    first: bool = False


def open_command(why: str) -> Callable[[Verb], Verb]:
    """Declare a verb to need nobody's name, and say why: it changes nothing and shows no person."""
    return functools.partial(_marked, DeclaredCommand(action=None, why_open=why))


def command_action(code: str, *systems: str, first: bool = False) -> Callable[[Verb], Verb]:
    """Declare a verb to be the action `code` of the permission table. Raises `OurFault` for one the table lacks."""
    declared = DeclaredCommand(action=PERMISSIONS.action(code), systems=systems, first=first)

    def mark(verb: Verb) -> Verb:
        return _marked(declared, _gated(declared, verb))

    return mark


def declared_command(verb: object) -> DeclaredCommand | None:
    """Read a verb's declaration; None where it has none."""
    found = getattr(verb, _MARK, None)
    return found if isinstance(found, DeclaredCommand) else None


def operator() -> Operator:
    """Give who runs this command. Raises `OurFault` in a verb that declares no action."""
    found = _OPERATOR.get()
    if found is None:
        raise OurFault("no_operator", "a verb that acts for somebody declares its action: kofu.cli.shared.declared")
    return found


def _marked(declared: DeclaredCommand, verb: Verb) -> Verb:
    setattr(verb, _MARK, declared)
    return verb


def _gated(declared: DeclaredCommand, verb: Verb) -> Verb:
    """Wrap a verb: its own parameters and those of the gate; it runs once somebody is let in."""
    own = inspect.signature(verb, eval_str=True)
    wants_purpose = declared.action is not None and declared.action.purpose

    @functools.wraps(verb)
    def gated(**given: Any) -> None:
        context: typer.Context = given.pop(CONTEXT)
        given.pop(BY)
        purpose = str(given.pop(PURPOSE)) if wants_purpose else ""
        system = _system_of(declared, given)
        with word_faults(system):
            entered = _enter(declared, system, context.command_path, purpose, given)
        token = _OPERATOR.set(entered)
        try:
            verb(**given)
        finally:
            _OPERATOR.reset(token)

    added = [inspect.Parameter(CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    if wants_purpose:
        added.append(inspect.Parameter(PURPOSE, inspect.Parameter.KEYWORD_ONLY, annotation=Purpose, default=""))
    added.append(inspect.Parameter(BY, inspect.Parameter.KEYWORD_ONLY, annotation=By, default=""))
    named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own.parameters.values()]
    gated.__signature__ = own.replace(parameters=[*named, *added])  # type: ignore[attr-defined]  # inspect reads it
    gated.__annotations__ = {one.name: one.annotation for one in [*named, *added]}
    return gated  # type: ignore[return-value]  # typer calls it by name, with the parameters shown


def _system_of(declared: DeclaredCommand, given: dict[str, Any]) -> str:
    """Say in whose database the session must stand. Raises `typer.BadParameter` for a system without one."""
    from kofu.platform.settings import DATABASE_SYSTEMS

    if declared.systems and given.get("database"):
        return declared.systems[0]
    if declared.systems:
        named = [system for system in declared.systems if _named_urls(system)]
        return (named or list(declared.systems))[0]
    system = str(given["system"])
    if system not in DATABASE_SYSTEMS:
        raise typer.BadParameter(f"{system!r} is none of {', '.join(DATABASE_SYSTEMS)}", param_hint="SYSTEM")
    return system


def _named_urls(system: str) -> list[str]:
    """Give every URL the environment names for a system's database."""
    names = (f"KOFU_{system.upper()}_DATABASE_URL", f"KOFU_{system.upper()}_OWNER_DATABASE_URL")
    return [os.environ[name] for name in names if os.environ.get(name)]


def _enter(declared: DeclaredCommand, system: str, path: str, purpose: str, given: dict[str, Any]) -> Operator:
    """Let somebody in, or raise `OperatorFault`: a session or a service's key, in every database within reach."""
    from datetime import UTC, datetime

    from kofu.core.calendar import day_in_japan
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, with_patience
    from kofu.staff.operators.entering import AskedCommand, enter_first, enter_operator, enter_service
    from kofu.staff.operators.os_user import os_user
    from kofu.staff.operators.services import key_file, read_proof, service_named
    from kofu.staff.operators.tokens import read_token

    if declared.action is None:
        raise OurFault("no_operator", "an open command is not gated")
    urls = list(dict.fromkeys([*filter(None, [given.get("database")]), *_named_urls(system)]))
    if not urls:
        raise OperatorFault(
            "no_database_url",
            f"KOFU_{system.upper()}_OWNER_DATABASE_URL is not set, nor KOFU_{system.upper()}_DATABASE_URL:"
            " name the database by one of them; beside `kofu up`: source var/operator.sh",
        )
    now = datetime.now(UTC)
    asked = AskedCommand(
        system=system,
        command=path.partition(" ")[2],
        action=declared.action,
        purpose=purpose,
        who=os_user(),
        now=now,
        today=day_in_japan(now),
        specimen=load_profile(given.get("profile") or profile_path()).specimen,
    )
    reach = [with_patience(url) for url in urls]
    if declared.first and (begun := enter_first(reach, asked, read_token(system))) is not None:
        return begun
    if service := os.environ.get("KOFU_SERVICE", ""):
        job = service_named(service)
        return enter_service(reach, asked, job, read_proof(key_file(job)))
    return enter_operator(reach, asked, read_token(system))
