"""A serial opens for who has its session's token; the database has it not (「区以外の者が…保管することはない。」)."""

from __future__ import annotations

import pytest

from kofu.center.session_tokens import new_token, open_serial, seal_serial, session_id_of
from kofu.core.errors import OurFault

SERIAL = "1a2b3c4d5e6f"


def test_a_serial_opens_under_its_own_token_alone() -> None:
    token = new_token()
    sealed = seal_serial(token, SERIAL)
    assert open_serial(token, sealed) == SERIAL
    assert SERIAL not in sealed
    for other in (new_token(), session_id_of(token)):
        with pytest.raises(OurFault, match="seal_broken"):
            open_serial(other, sealed)


def test_what_the_database_knows_a_session_by_is_not_its_token() -> None:
    token = new_token()
    assert len(session_id_of(token)) == len(token) == 32
    assert session_id_of(token) != token
    assert new_token() != token


@pytest.mark.parametrize("damaged", ["", "no base64!", "AAAA"])
def test_what_was_not_sealed_is_our_fault_and_no_serial(damaged: str) -> None:
    with pytest.raises(OurFault, match="seal_broken"):
        open_serial(new_token(), damaged)
