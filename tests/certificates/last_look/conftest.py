"""Papers made both ways, for whoever spoils them."""

from __future__ import annotations

import pytest
from tests.certificates.last_look.attacks import ORDER
from tests.certificates.last_look.papers import paper, release

from kofu.certificates import last_look
from kofu.certificates.render import render


@pytest.fixture(scope="module", params=["forme", "typst"])
def make(request, press):
    """Make the paper of an order in one of the two ways."""
    last_look._right_fixed_parts.clear()
    last_look._right_beginnings.clear()
    way = {"forme": render, "typst": paper}[request.param]

    def make(order):
        return way(order, press)

    release(ORDER, make(ORDER))  # the form is known: what is planted must be found all the same
    return make
