"""Every verb of the command, for the tests that say something of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import typer


def verbs(app: typer.Typer, path: str = "") -> Iterator[tuple[str, Callable[..., object]]]:
    """Every verb of the command, by the words one types."""
    for command in app.registered_commands:
        assert command.callback is not None
        yield f"{path}{command.name or command.callback.__name__.strip('_').replace('_', '-')}", command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from verbs(group.typer_instance, f"{path}{group.name} ")
