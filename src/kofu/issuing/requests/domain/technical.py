"""Refusals that are not about the person: too late, a fault, a repeat. Same shape as the refusals of eligibility.

Their texts never say more than the resident can use: nothing was charged, and where to go.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from kofu.certificates.domain.refusals import REFUSALS, TRY_LATER, Reason, Refusal
from kofu.core.bilingual import Bilingual


class Technical(StrEnum):
    """Why nothing left although nobody said no to the person."""

    TOO_LATE = "too_late"  # the deadline passed (P3)
    DEADLINE_REFUSED = "deadline_refused"  # the deadline asked for leaves too little time
    FACTS_MOVED = "facts_moved"  # holds kept arriving while the certificate was being made (P7)
    ISSUE_FAULT = "issue_fault"  # a fault of ours; a case is open
    LAST_LOOK = "last_look_mismatch"  # the paper did not say what the facts say; issuance is stopped (P2)
    ALREADY_REPORTED = "already_reported"  # the paper's fate is known: nothing leaves twice (P11)
    HALTED_MEANWHILE = "halted_meanwhile"  # a stop came after the paper was made: it does not leave again
    REPLAY_MISMATCH = "replay_mismatch"  # a repeat could not be rebuilt byte for byte; a case is open
    NOT_CERTIFIABLE = "not_certifiable"  # the facts allow no such paper, found when wording it
    TEXT_OVERFLOW = "text_overflow"  # 文字溢れ: a text does not fit its box at the smallest type


_NOT_NOW = Bilingual(
    "ただいま交付できませんでした。手数料はかかりません。", "No certificate could be issued. You will not be charged."
)
_NOT_HERE = Bilingual(
    "この証明書は、キオスク端末では交付できません。手数料はかかりません。",
    "This certificate cannot be issued at a kiosk. You will not be charged.",
)
_COUNTER = Bilingual(
    "本人確認書類をお持ちのうえ、お住まいの区市町村の税証明窓口でご相談ください。",
    "Please ask at the tax certificate counter of your municipality, with an identity document.",
)
_DONE = Bilingual("この受付の証明書は、すでに処理が終わっています。", "This request has already been completed.")
_AGAIN = Bilingual("もう一度はじめからお試しください。", "Please start again from the beginning.")

#: What leaves the ward for faults of ours is one code: the difference is for staff, who see the case.
_UNAVAILABLE = "temporarily_unavailable"

TECHNICAL: MappingProxyType[Technical, Refusal] = MappingProxyType(
    {
        Technical.TOO_LATE: Refusal(
            "too_late", _NOT_NOW, _AGAIN, "回答期限を過ぎたため、作成済のものも含めて送付しなかった。"
        ),
        Technical.DEADLINE_REFUSED: Refusal("deadline_refused", _NOT_NOW, _AGAIN, "申請の回答期限が短すぎる。"),
        Technical.FACTS_MOVED: Refusal(
            _UNAVAILABLE, _NOT_NOW, TRY_LATER, "作成中に抑止・失効の情報が続けて届いたため、交付しなかった。"
        ),
        Technical.ISSUE_FAULT: Refusal(
            _UNAVAILABLE, _NOT_NOW, TRY_LATER, "処理中に異常が起きたため、交付しなかった。調査票を参照。"
        ),
        Technical.LAST_LOOK: Refusal(
            _UNAVAILABLE, _NOT_NOW, TRY_LATER, "最終照合で不一致。全件の交付を停止した。調査票を参照。"
        ),
        Technical.ALREADY_REPORTED: Refusal(
            "already_reported", _DONE, _AGAIN, "印刷結果の報告が済んだ申請の再送。二度は送付しない。"
        ),
        Technical.HALTED_MEANWHILE: Refusal(
            _UNAVAILABLE, _NOT_NOW, TRY_LATER, "作成後に交付が停止されたため、再送しなかった。"
        ),
        Technical.REPLAY_MISMATCH: Refusal(
            _UNAVAILABLE, _NOT_NOW, TRY_LATER, "再送の証明書を同一のものとして再現できなかった。調査票を参照。"
        ),
        Technical.NOT_CERTIFIABLE: Refusal(
            "not_certifiable",
            _NOT_HERE,
            _COUNTER,
            "記載できる内容がない（納税額なし、納期未到来の未納など）。窓口で確認すること。",
        ),
        Technical.TEXT_OVERFLOW: Refusal(
            "text_overflow",
            _NOT_HERE,
            _COUNTER,
            "文字溢れ: 最小の文字でも欄に収まらない項目がある。窓口で交付すること。",
        ),
    }
)


#: Every code a refusal can be stored under.
REFUSAL_CODES = (*(reason.value for reason in Reason), *(technical.value for technical in Technical))


def refusal_for(code: str) -> Refusal:
    """Find what is said about a stored refusal code, of either sort. An unknown code is a defect: `ValueError`."""
    technical = next((one for one in Technical if one.value == code), None)
    return REFUSALS[Reason(code)] if technical is None else TECHNICAL[technical]
