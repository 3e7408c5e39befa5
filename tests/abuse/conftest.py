"""The tests that both systems share say what was found when they fail."""

import pytest

pytest.register_assert_rewrite("tests.abuse.held")
