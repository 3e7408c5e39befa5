"""Bugs planted for the simulation to find."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import kofu.certificates.make as make_module
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.issuing.requests import issue
from kofu.issuing.requests.subject import SubjectAtGeneration


def planted_make() -> Callable[[CertificateOrder, CertificatePress], ReleasedCertificate]:
    """Keep order and paper between the steps in one place for all workers."""
    shared: dict[str, object] = {}

    def make(order: CertificateOrder, press: CertificatePress) -> ReleasedCertificate:
        shared["order"] = order
        shared["pdf"] = make_module.render(order, press)
        return make_module.take_last_look(shared["order"], shared["pdf"], press.certified)

    return make


def stale_facts() -> Callable[..., SubjectAtGeneration]:
    """Keep what was read of a card and year first, and give it for ever as that of the active generation."""
    read, kept = issue.read_facts, {}

    def stale(*words, **more) -> SubjectAtGeneration:
        facts = read(*words, **more)
        first = kept.setdefault((more["serial"], more["fiscal_year"]), facts)
        return dataclasses.replace(facts, assessment=first.assessment, collections=first.collections)

    return stale


def facts_without_holds() -> Callable[..., SubjectAtGeneration]:
    """Read facts as if nobody were held."""
    read = issue.read_facts
    return lambda *words, **more: dataclasses.replace(read(*words, **more), holds=())


#: In `issuing_let_leave`: the holds that stand are not compared with those decided under.
HOLDS_OFF = ("IF standing_holds <> asked.holds THEN", "IF false THEN")
