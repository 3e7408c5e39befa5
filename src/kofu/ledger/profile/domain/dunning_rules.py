"""How a municipality dunns (督促)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DunningRules:
    """What a municipality decides: days between 納期限 and the closed day the list may be drawn from.

    鶴ヶ島市 waits 14, as payment data take up to two weeks (鶴ヶ島市 https://www.city.tsurugashima.lg.jp/page/page011085.html).
    """

    wait: timedelta
