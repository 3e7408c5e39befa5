"""教示: how whoever a disposition (処分) is sent to can turn against it, told on the paper itself.

Who is asked (審査庁) and within which period stands in the municipality's own words (行政不服審査法82条). What follows
is law: a suit to have the disposition cancelled is brought within six months against the municipality
(行政事件訴訟法46条1項, 14条1項; 被告 and who stands for it: 11条1項, 6項). About 地方団体の徴収金 the 審査請求
comes first (地方税法19条の12), save in the three cases of 行政事件訴訟法8条2項. Which papers bear such a disposition
beside 督促 (法19条2号) the municipality says.
"""

from __future__ import annotations

from dataclasses import dataclass

from kofu.core.errors import ensure

DUNNING_LIMIT = (
    "ただし、差押えを受けたときは、地方税法第19条の4に定める期限がそれより早ければ、その期限までです。"  # 法19条の4
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redress:
    """教示 of a municipality. `appeal`: 審査請求 in its words; `municipality`: 被告; `office`: who stands for it."""

    appeal: str
    municipality: str
    office: str

    def appeal_words(self, *, is_dunning: bool = False) -> str:
        """Give the part about 審査請求, with the limit a seizure sets where it is a 督促."""
        return self.appeal + (DUNNING_LIMIT if is_dunning else "")

    def suit_words(self, *, appeal_first: bool) -> str:
        """Give the part about 取消訴訟. `appeal_first`: 審査請求前置 (法19条の12)."""
        ensure(self.municipality and self.office, "a 教示 names who is sued and who stands for it")
        return self._after_appeal() if appeal_first else self._at_once()

    @property
    def _defendant(self) -> str:
        return f"{self.municipality}を被告として（訴訟において{self.municipality}を代表する者は{self.office}です。）"

    def _after_appeal(self) -> str:
        return (
            "処分の取消しの訴えは、審査請求に対する裁決があったことを知った日の翌日から起算して6か月以内に、"
            f"{self._defendant}提起することができます（裁決の日の翌日から起算して1年を経過したときは、正当な理由が"
            "あるときを除き、提起することができません。）。この訴えは、審査請求に対する裁決を経た後でなければ提起することが"
            "できません（地方税法第19条の12）。ただし、①審査請求があった日の翌日から起算して3か月を経過しても裁決がないとき、"
            "②処分、処分の執行または手続の続行により生ずる著しい損害を避けるため緊急の必要があるとき、③その他裁決を経ない"
            "ことにつき正当な理由があるときは、裁決を経ないで提起することができます。"
        )

    def _at_once(self) -> str:
        return (
            "処分の取消しの訴えは、この処分があったことを知った日の翌日から起算して6か月以内に、"
            f"{self._defendant}提起することができます（処分の日の翌日から起算して1年を経過したときは、正当な理由がある"
            "ときを除き、提起することができません。）。審査請求をしたときは、その裁決があったことを知った日の翌日から起算して"
            "6か月以内に提起することができます。"
        )
