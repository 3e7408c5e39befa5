"""A judgement: everything the gates said of one feed, as it is stored, shown and decided upon."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kofu.judgement.findings import FeedVerdict, Figure, Finding


class FeedDoubt(StrEnum):
    """Why a feed as a whole is held, beside its figures."""

    STALE = "stale"  # extracted before the one that serves
    ANNOUNCED_OTHERWISE = "announced_otherwise"  # the sender announced other rows or totals
    NOT_ANNOUNCED = "not_announced"  # the profile wants announcements
    SAMPLE_FAILED = "sample_failed"  # a paper of the sample could not be made


DOUBTS: dict[FeedDoubt, str] = {
    FeedDoubt.STALE: "有効な世代より前に抽出されたデータです。",
    FeedDoubt.ANNOUNCED_OTHERWISE: "送信側が予告した行数または合計と一致しません。",
    FeedDoubt.NOT_ANNOUNCED: "送信側の予告がありません。",
    FeedDoubt.SAMPLE_FAILED: "見本抽出した証明書を作成できません。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """Papers of the same people from both generations: how many were made, and how often each field differs."""

    papers: int
    differing: int
    fields: dict[str, int]
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gates said. `findings` holds the first hundred, `counts` all by rule. No cell's value stands in it.

    `announced`: whether the sender announced the feed.
    """

    verdict: FeedVerdict
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    doubts: tuple[FeedDoubt, ...]
    announced: bool
    sample: SampleReport | None = None
