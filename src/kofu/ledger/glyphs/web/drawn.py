"""The registered glyphs (外字) a paper is drawn with, for screens that print."""

from __future__ import annotations

import psycopg

from kofu.core.font_file import FontFile
from kofu.ledger.glyphs.glyphs import current_set
from kofu.staff.work import profile


def drawn(connection: psycopg.Connection) -> FontFile | None:
    """Give the registered glyphs (外字) every paper of the ledger is drawn with now; None where there are none."""
    return current_set(connection, profile().code).font
