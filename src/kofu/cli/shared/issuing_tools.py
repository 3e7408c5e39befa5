"""What the verbs of issuing share: the database, who acts by which clock, the municipality, the press."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from kofu.cli.shared.databases import Rights, opened
from kofu.cli.shared.declared import operator

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    from collections.abc import Callable

    import psycopg

    from kofu.certificates.facts import CertificateOrder
    from kofu.core.font_file import FontFile
    from kofu.issuing.acting.who_acts import Acting
    from kofu.issuing.checks.recheck import Derived
    from kofu.issuing.serving.runtime import Environment


def database(*, owner: bool = False) -> AbstractContextManager[psycopg.Connection]:
    """Connect to the database of issuing; end the command with words where something cannot be done."""
    return opened("issuing", Rights.OWNER_OR_ROLE if owner else Rights.ROLE)


def acting_here() -> Acting:
    """Stand on the machine's clock, acting as who runs this command."""
    from kofu.issuing.acting.who_acts import system_acting

    return system_acting(lane="issuing-command", actor=operator().actor)


def municipality_code() -> str:
    """Code of the municipality of the profile in use."""
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    return load_profile(profile_path()).code


def derivations(
    connection: psycopg.Connection, environment: Environment
) -> list[Callable[[CertificateOrder], Derived]]:
    """Give the ways to make a paper again: with the glyph set in force, then with those kept of before."""
    from kofu.certificates.make_again import make_again
    from kofu.issuing.checks.recheck import Derived
    from kofu.issuing.glyphs.glyph_sets import kept_fonts
    from kofu.issuing.serving.runtime import press_of

    def derived_with(drawn: FontFile | None) -> Callable[[CertificateOrder], Derived]:
        """Derive with a set of registered glyphs; its press is built when it is asked for."""
        press = cache(lambda: press_of(replace(environment, drawn=drawn)))

        def derive(order: CertificateOrder) -> Derived:
            made = make_again(order, press())
            return Derived(made.sha256, made.facts_digest)

        return derive

    return list(map(derived_with, kept_fonts(connection, environment.profile.code) or (None,)))
