"""The papers of the ledger, by form."""

from __future__ import annotations

from enum import StrEnum


class PaperForm(StrEnum):
    """帳票, by the folder of its form."""

    REFUND_NOTICE = "refund_notice"  # 過誤納金還付通知書, with 還付請求書兼口座振込依頼書
    OFFSET_NOTICE = "offset_notice"  # 過誤納金充当通知書
    DUNNING_LETTER = "dunning_letter"  # 督促状
    DESIGNATION_NOTICE = "designation_notice"  # 相続人代表者指定通知書
    APPROVAL_NOTICE = "approval_notice"  # 納税管理人承認通知書
