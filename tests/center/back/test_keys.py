"""Keys of the back page: one begins on its day, old ones open, and nobody else may read them."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.center.back.keys import make_key, read_keys
from kofu.core.errors import OperatorFault


def test_the_key_whose_day_has_come_last_seals_and_all_are_known(tmp_path):
    old, new = make_key(tmp_path, date(2026, 4, 1)), make_key(tmp_path, date(2027, 4, 1))
    keys = read_keys(tmp_path)
    assert [keys.sealing_on(day).key_id for day in (date(2027, 3, 31), date(2027, 4, 1))] == [old.key_id, new.key_id]
    assert set(keys.by_id) == {old.key_id, new.key_id}
    with pytest.raises(OperatorFault, match="has begun"):
        keys.sealing_on(date(2026, 3, 31))
    assert old.secret.hex() not in repr(old)


def test_no_key_an_open_one_and_a_wrong_one_are_refused(tmp_path):
    with pytest.raises(OperatorFault, match="no key"):
        read_keys(tmp_path)
    make_key(tmp_path, date(2026, 4, 1))
    (file,) = tmp_path.glob("*.key")
    file.chmod(0o640)
    with pytest.raises(OperatorFault, match="others"):
        read_keys(tmp_path)
    file.chmod(0o600)
    file.write_text("00" * 32)
    with pytest.raises(OperatorFault, match="does not hold"):
        read_keys(tmp_path)
    file.write_text("no key")
    with pytest.raises(OperatorFault, match="no key"):
        read_keys(tmp_path)
