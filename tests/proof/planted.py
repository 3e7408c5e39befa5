"""Bugs planted for the simulation to find."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

import kofu.certificates.make as make_module
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import HoldAccepted
from kofu.issuing.requests import issue
from kofu.issuing.requests.subject import SubjectAtGeneration
from kofu.simulation import happenings


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


def serial_for_all() -> Callable[..., SubjectAtGeneration]:
    """Keep the serial asked for in one place for all workers, between the asking and the reading."""
    read, asked = issue.read_facts, {}

    def reads(connection, **more) -> SubjectAtGeneration:
        asked["serial"] = more["serial"]
        for _ in range(3):
            connection.execute("SELECT 1")  # others come and go meanwhile
        return read(connection, **more | asked)

    return reads


def applied_and_lost() -> Callable[..., HoldAccepted]:
    """Acknowledge a hold that a rollback takes away."""
    apply = happenings.apply_hold

    def applies(connection, *words, **more) -> HoldAccepted:
        with connection.transaction(force_rollback=True):
            return apply(connection, *words, **more)

    return applies


def number_given_twice(connection) -> int:
    """Give each number to two copies, one after the other."""
    return (connection.execute("SELECT nextval('issuing_certificate_number')").fetchone()[0] + 1) // 2


@contextmanager
def numbers_may_stand_twice(owner_url: str) -> Iterator[None]:
    """Take the key away by which the database has each number once; put it back afterwards."""
    key = "CONSTRAINT issuing_copy_pkey"
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"ALTER TABLE issuing_copy DROP {key}")
    try:
        yield
    finally:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute(f"ALTER TABLE issuing_copy ADD {key} PRIMARY KEY (certificate_number)")


#: In `issuing_let_leave`: the holds that stand are not compared with those decided under.
HOLDS_OFF = ("IF standing_holds <> asked.holds THEN", "IF false THEN")
#: In `issuing_let_leave`: the paper leaves, and the journal does not say that it was made.
MADE_UNSAID = ("state = coalesce(made.state, state)", "state = state")
