"""均等割 of 個人住民税 and 森林環境税 by fiscal year, in yen: one table for who levies and who judges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PerCapita:
    """均等割 of ward and metropolis and 森林環境税, a year each."""

    ward: int
    metro: int
    forest: int

    @property
    def total(self) -> int:
        """Yen of a year altogether."""
        return self.ward + self.metro + self.forest


#: From a fiscal year until the next row; before the first the amount went by the municipality's size.
PER_CAPITA: tuple[tuple[int, PerCapita], ...] = (
    # 地方税法38条, 310条 (平成16年法律第17号): 3,000 in every municipality from 平成16年度
    (2004, PerCapita(3_000, 1_000, 0)),
    # 東日本大震災復興財源確保臨時特例法 2条: 500 more each for 平成26 to 令和5年度
    (2014, PerCapita(3_500, 1_500, 0)),
    # 森林環境税及び森林環境譲与税に関する法律 5条: 1,000 from 令和6年度
    (2024, PerCapita(3_000, 1_000, 1_000)),
)
