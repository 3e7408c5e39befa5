"""The console of issuing, walked by everybody who should not, and by who may but sends nonsense.

Abuse that was tried by hand once stays tried. The twin: the same walk with guards taken away finds something, so that
an empty list of findings says something.
"""

from __future__ import annotations

import pytest
from tests.abuse.held import HeldAgainstAbuse, Walk, walk

pytestmark = [pytest.mark.storage, pytest.mark.slow]


@pytest.fixture(scope="module")
def walked(system_database, tmp_path_factory) -> Walk:
    """The console of an empty system: it has no people in it."""
    return walk("issuing", system_database("issuing"), tmp_path_factory.mktemp("keys"), ())


class TestTheConsole(HeldAgainstAbuse):
    pass


def test_its_twin_without_the_guards_is_found_out(system_database, tmp_path):
    """The same walk with the gate's permissions, its second factor and the forms' tokens taken away."""
    open_gates = walk("issuing", system_database("issuing"), tmp_path / "keys", (), "permissions,second factor,forms")
    assert {kind for kind in ("unauthorised", "stranger", "forged") if open_gates.of(kind)} == {
        "unauthorised",
        "stranger",
        "forged",
    }


def test_its_twin_without_the_look_at_what_was_posted_fails_at_nonsense(system_database, tmp_path):
    """Forms that take what comes: words for numbers and a NUL reach the use cases, and the walk sees the fault."""
    assert walk("issuing", system_database("issuing"), tmp_path / "keys", (), "posted text").of("fault")
