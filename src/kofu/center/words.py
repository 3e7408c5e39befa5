"""What the centre itself says to residents."""

from __future__ import annotations

from kofu.contracts.issuing import Text

OUT_OF_HOURS = Text(
    ja="ご利用時間は6時30分から23時まで（12月29日から1月3日を除く）です。",
    en="Open from 6:30 to 23:00, except 29 December to 3 January.",
)
ASK_LATER = Text(
    ja="再開してからもう一度お試しいただくか、市区町村の窓口へお越しください。",
    en="Please try again after the stop, or ask at the counter of your municipality.",
)
