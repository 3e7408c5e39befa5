"""What is owed and what came in, as facts: 通知書, 期別, 収納. None of them ever changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Tax(StrEnum):
    """税目."""

    RESIDENT = "resident"  # 特別区民税・都民税・森林環境税
    LIGHT_VEHICLE = "light_vehicle"  # 軽自動車税（種別割）


class Channel(StrEnum):
    """納付チャネル: how money came in."""

    DIRECT_DEBIT = "direct_debit"  # 口座振替
    CONVENIENCE = "convenience"  # コンビニエンスストア, スマートフォンのバーコード決済
    COUNTER = "counter"  # 区役所税務課の窓口
    BRANCH = "branch"  # 特別出張所
    BANK = "bank"  # 金融機関の窓口 (納付済通知書)
    ELECTRONIC = "electronic"  # ペイジー, 地方税お支払サイト
    SALARY = "salary"  # 給与特別徴収義務者の納入
    PENSION = "pension"  # 年金保険者の納入
    SEIZURE = "seizure"  # 滞納処分の配当
    TAKEN_OVER = "taken_over"  # 移行前の収納 (how it was paid is in the system before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """通知書. `fiscal_year` 課税年度 in which it was assessed, `origin_year` 相当年度 it belongs to.

    `plate_number`, `chassis_last4` and `inspected` (継続検査対象) are of 軽自動車税 only.
    """

    municipality_code: str
    notice_number: str
    addressee_number: str
    tax: Tax
    fiscal_year: int
    origin_year: int
    collection_method: str
    statutory_due_date: date
    plate_number: str = ""
    chassis_last4: str = ""
    inspected: bool = False


def payable_to(due_date: date, extended_to: date | None) -> date:
    """Give the 納期限 that counts: after 期限の延長 (法20条の5の2) the day it was extended to.

    `due_date`: as the notice set it, moved on for a closed day (法20条の5第2項); `extended_to`: the latest day of the
    extensions that stand, None where there is none.
    """
    return max(due_date, extended_to or due_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """期別: one installment of a notice. `due_date`: the 納期限 that counts (`payable_to`)."""

    claim_id: int
    notice: Notice
    installment: str
    due_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """収納. `key` is unique for one event of paying; the same key again is the same payment.

    `received_on` 領収日, on which the payer paid; `booked_on` 会計日; `amount` in yen. `notice_number`, `installment`:
    as the slip or record says them, which may be wrong. `interest`: yen of the amount the payer paid as 延滞金, 0 where
    the slip does not say. `source`: file and line.
    """

    payment_id: UUID
    municipality_code: str
    key: str
    channel: Channel
    received_on: date
    booked_on: date
    amount: int
    office: str = ""
    notice_number: str = ""
    installment: str = ""
    batch_id: UUID | None = None
    source: str = ""
    interest: int = 0
