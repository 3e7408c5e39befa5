"""Why a certificate is refused: the true reason for staff, and what the resident is told.

A `Reason` is stable: journals, statistics and manuals refer to it. What leaves the ward is the *resident code* and its
text. Everything that could tell a third person at the kiosk that somebody is protected (支援措置), is about to move, is
stopped or has died bears one and the same code and text, `NEUTRAL`: see docs/why/refusals.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from kofu.core.bilingual import Bilingual


class Reason(StrEnum):
    """The true reason, in the order in which they are looked for."""

    # service hours and stops
    KIND_NOT_OFFERED = "kind_not_offered"
    CLOSED = "closed"
    ISSUANCE_HALTED = "issuance_halted"
    TOO_MANY_COPIES = "too_many_copies"
    # card certificate
    CARD_UNKNOWN = "card_unknown"
    CARD_REVOKED = "card_revoked"
    CARD_SUSPENDED = "card_suspended"
    CARD_EXPIRED = "card_expired"
    CARD_NOT_YET_VALID = "card_not_yet_valid"
    # resident now
    RESIDENT_UNKNOWN = "resident_unknown"
    MOVED_OUT = "moved_out"
    MOVING_OUT = "moving_out"
    DEAD = "dead"
    DELETED = "deleted"
    # age
    UNDER_AGE = "under_age"
    AGE_UNKNOWN = "age_unknown"
    # holds
    PROTECTION = "protection"
    ISSUANCE_STOP = "issuance_stop"
    CORRECTING = "correcting"
    ROW_HELD = "row_held"
    # year
    YEAR_NOT_PUBLISHED = "year_not_published"
    YEAR_BEYOND_LAW = "year_beyond_law"
    YEAR_NOT_OFFERED = "year_not_offered"
    # tax right
    NO_ASSESSMENT = "no_assessment"
    NO_TAXING_RIGHT = "no_taxing_right"
    # declaration
    UNDECLARED = "undeclared"
    DEPENDENT_UNDECLARED = "dependent_undeclared"
    # rule of the kind
    NONTAXABLE_YEAR = "nontaxable_year"
    PAYMENT_RECORD_MISSING = "payment_record_missing"
    UNPAID = "unpaid"
    PLATE_MISSING = "plate_missing"
    VEHICLE_UNKNOWN = "vehicle_unknown"
    VEHICLE_NOT_INSPECTED = "vehicle_not_inspected"
    VEHICLE_ARREARS = "vehicle_arrears"
    # data and paper
    TAX_FEED_STALE = "tax_feed_stale"
    RESIDENT_FEED_STALE = "resident_feed_stale"
    UNDRAWABLE = "undrawable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is said about a reason. `code` and the two texts leave the ward; `staff` never does."""

    code: str
    resident: Bilingual
    next_step: Bilingual
    staff: str


NEUTRAL_CODE = "please_ask_at_counter"
NEUTRAL_TEXT = Bilingual(
    "この証明書は、キオスク端末では交付できません。手数料はかかりません。",
    "This certificate cannot be issued at a kiosk. You will not be charged.",
)
ASK_AT_COUNTER = Bilingual(
    "本人確認書類をお持ちのうえ、お住まいの区市町村の税証明窓口でご相談ください。",
    "Please ask at the tax certificate counter of your municipality, with an identity document.",
)
"""Stands for `ask_at` the municipality's own counter."""

TRY_TOMORROW = Bilingual(
    "翌日以降にもう一度お試しいただくか、税証明窓口へお越しください。",
    "Please try again tomorrow or later, or come to the tax certificate counter.",
)
TRY_LATER = Bilingual(
    "時間をおいてもう一度お試しいただくか、税証明窓口へお越しください。",
    "Please try again later, or come to the tax certificate counter.",
)
RENEW_CARD = Bilingual(
    "電子証明書の更新・再発行は、住民票のある区市町村の窓口でお手続きください。",
    "Please have the electronic certificate renewed or reissued at the counter of your municipality.",
)
CHOOSE_AGAIN = Bilingual("内容を選び直してください。", "Please choose again.")
DECLARE = Bilingual(
    "税務担当の窓口で申告をしていただくと、後日交付できるようになります。",
    "Once you have filed a declaration at the tax counter, the certificate becomes available on a later day.",
)


def ask_at(counter: Bilingual) -> Bilingual:
    """Send the resident to the municipality's counter by its name. The same for every reason that leads there."""
    return Bilingual(
        f"本人確認書類をお持ちのうえ、{counter.ja}でご相談ください。",
        f"Please ask there, with an identity document: {counter.en}.",
    )


def _neutral(staff: str) -> Refusal:
    return Refusal(NEUTRAL_CODE, NEUTRAL_TEXT, ASK_AT_COUNTER, staff)


def _open(reason: Reason, ja: str, en: str, next_step: Bilingual, staff: str) -> Refusal:
    return Refusal(reason.value, Bilingual(ja, en), next_step, staff)


def _card(staff: str) -> Refusal:
    return Refusal(
        "card_not_valid",
        Bilingual(
            "このカード（スマートフォン）の利用者証明用電子証明書は、ご利用いただけません。",
            "The electronic certificate on this card or phone cannot be used.",
        ),
        RENEW_CARD,
        staff,
    )


def _stale(staff: str) -> Refusal:
    return Refusal(
        "data_not_current",
        Bilingual(
            "税情報の更新作業のため、ただいま交付できません。手数料はかかりません。",
            "Tax data are being brought up to date. No certificate can be issued now. You will not be charged.",
        ),
        TRY_LATER,
        staff,
    )


R = Reason
REFUSALS: MappingProxyType[Reason, Refusal] = MappingProxyType(
    {
        R.KIND_NOT_OFFERED: _open(
            R.KIND_NOT_OFFERED,
            "この証明書はキオスク端末では交付していません。",
            "This certificate is not issued at kiosks.",
            ASK_AT_COUNTER,
            "この種別はプロファイルでキオスク交付の対象になっていない。",
        ),
        R.CLOSED: _open(
            R.CLOSED,
            "ただいまご利用時間外、または休止中です。",
            "The service is closed at the moment.",
            TRY_LATER,
            "利用時間外、休業日または計画休止中。",
        ),
        R.ISSUANCE_HALTED: _open(
            R.ISSUANCE_HALTED,
            "ただいま交付を休止しています。手数料はかかりません。",
            "Issuance is suspended at the moment. You will not be charged.",
            TRY_LATER,
            "交付の緊急停止中（停止の理由は調査票を参照）。",
        ),
        R.TOO_MANY_COPIES: _open(
            R.TOO_MANY_COPIES,
            "一度に交付できる部数を超えています。",
            "That is more copies than can be issued at once.",
            CHOOSE_AGAIN,
            "プロファイルの最大部数を超える請求。",
        ),
        R.CARD_UNKNOWN: _open(
            R.CARD_UNKNOWN,
            "カードの情報を確認できませんでした。カードの交付や転入の当日はご利用いただけません。",
            "The card could not be matched. New cards and new residents can use the service from the next day.",
            TRY_TOMORROW,
            "電子証明書のシリアル番号が住民データにない（交付・転入の直後、または連携の遅れ）。",
        ),
        R.CARD_REVOKED: _card("電子証明書は失効している（日次データまたは即時連携の失効情報）。"),
        R.CARD_SUSPENDED: _card("電子証明書は一時停止中。"),
        R.CARD_EXPIRED: _card("電子証明書の有効期間が満了している。"),
        R.CARD_NOT_YET_VALID: _card("電子証明書の有効期間が始まっていない。"),
        R.RESIDENT_UNKNOWN: _neutral("電子証明書に対応する住民の記録がない。"),
        R.MOVED_OUT: _neutral("転出済。"),
        R.MOVING_OUT: _neutral("転出届済（予定日前でも交付しない）。"),
        R.DEAD: _neutral("死亡の記録がある。"),
        R.DELETED: _neutral("職権消除されている。"),
        R.UNDER_AGE: _open(
            R.UNDER_AGE,
            "年齢により、キオスク端末ではご利用いただけません。",
            "Kiosks cannot be used at your age.",
            ASK_AT_COUNTER,
            "プロファイルの下限年齢に達していない。",
        ),
        R.AGE_UNKNOWN: _open(
            R.AGE_UNKNOWN,
            "年齢の確認ができないため、キオスク端末では交付できません。",
            "Your age could not be confirmed, so nothing can be issued at a kiosk.",
            ASK_AT_COUNTER,
            "生年が不詳のため下限年齢に達していることを確認できない。",
        ),
        R.PROTECTION: _neutral("支援措置（仮支援措置を含む）の対象者。理由を本人以外に伝えないこと。"),
        R.ISSUANCE_STOP: _neutral("税証明の発行停止が設定されている。"),
        R.CORRECTING: _neutral("更正処理中。処理の完了後に交付できる。"),
        R.ROW_HELD: _neutral("連携データのこの人の行が確認待ちである（確認を要する行の一覧を参照）。"),
        R.YEAR_NOT_PUBLISHED: _open(
            R.YEAR_NOT_PUBLISHED,
            "選択された年度の証明書は、まだ交付を開始していません。",
            "Certificates for the chosen year are not available yet.",
            Bilingual(
                "前の年度を選び直すか、交付開始日以降にお試しください。",
                "Please choose an earlier year, or try again once the year has been published.",
            ),
            "この徴収区分では、選択年度の公開日前。",
        ),
        R.YEAR_BEYOND_LAW: _open(
            R.YEAR_BEYOND_LAW,
            "選択された年度の納税証明書は、法令の定めにより交付できません。",
            "By law no payment certificate is issued for a year that far back.",
            CHOOSE_AGAIN,
            "地方税法施行令6条の21第2項2号の範囲（請求日の属する会計年度と前3年度）外。",
        ),
        R.YEAR_NOT_OFFERED: _open(
            R.YEAR_NOT_OFFERED,
            "選択された年度の証明書は、キオスク端末では交付していません。",
            "Kiosks do not issue certificates for the chosen year.",
            ASK_AT_COUNTER,
            "プロファイルの交付年度の範囲外。",
        ),
        R.NO_ASSESSMENT: _open(
            R.NO_ASSESSMENT,
            "選択された年度の課税の記録を確認できません。",
            "No tax record was found for the chosen year.",
            ASK_AT_COUNTER,
            "選択年度の賦課情報がない。",
        ),
        R.NO_TAXING_RIGHT: _open(
            R.NO_TAXING_RIGHT,
            "選択された年度の1月1日にお住まいだった区市町村の証明書が必要です。",
            "The certificate is issued by the municipality you lived in on 1 January of the chosen year.",
            Bilingual(
                "その年の1月1日に住民登録のあった区市町村へお問い合わせください。",
                "Please ask the municipality where you were registered on 1 January of that year.",
            ),
            "賦課期日（1月1日）に課税権がない年度。",
        ),
        R.UNDECLARED: _open(
            R.UNDECLARED,
            "選択された年度の申告の記録がないため、交付できません。",
            "There is no declaration for the chosen year, so no certificate can be issued.",
            DECLARE,
            "未申告。",
        ),
        R.DEPENDENT_UNDECLARED: _open(
            R.DEPENDENT_UNDECLARED,
            "選択された年度の申告の記録がないため、所得の証明はできません。",
            "There is no declaration for the chosen year, so income cannot be certified.",
            Bilingual(
                "課税（非課税）証明書は交付できます。所得の記載が必要な方は、税務担当の窓口で申告してください。",
                "A taxation certificate can be issued. If income must be shown, please file a declaration first.",
            ),
            "未申告の被扶養者。課税（非課税）証明書は「＊」で交付できるが、所得証明書は交付しない。",
        ),
        R.NONTAXABLE_YEAR: _open(
            R.NONTAXABLE_YEAR,
            "選択された年度は課税されていないため、納税証明書はありません。",
            "No tax was levied for the chosen year, so there is no payment certificate.",
            Bilingual("課税（非課税）証明書をお選びください。", "Please choose the taxation certificate."),
            "非課税年度の納税証明書は交付しない。",
        ),
        R.PAYMENT_RECORD_MISSING: _open(
            R.PAYMENT_RECORD_MISSING,
            "選択された年度の収納の記録を確認できません。",
            "No payment record was found for the chosen year.",
            ASK_AT_COUNTER,
            "課税があるのに収納情報がない、または納税証明書に載せる収納情報がない。税務情報を確認すること。",
        ),
        R.UNPAID: _open(
            R.UNPAID,
            "納付の確認ができない税額があるため、キオスク端末では交付できません。",
            "Part of the tax has not been confirmed as paid, so nothing can be issued at a kiosk.",
            Bilingual(
                "納付後の反映には2～3週間かかります。お急ぎの方は領収証書をお持ちのうえ窓口へお越しください。",
                "Payments appear after two to three weeks. If you are in a hurry, bring the receipt to the counter.",
            ),
            "納期限を過ぎた未納がある（プロファイルにより納税証明書はキオスクで交付しない）。",
        ),
        R.PLATE_MISSING: _open(
            R.PLATE_MISSING,
            "標識番号（ナンバー）を入力してください。",
            "Please enter the number plate.",
            CHOOSE_AGAIN,
            "継続検査用の請求に標識番号がない。",
        ),
        R.VEHICLE_UNKNOWN: _open(
            R.VEHICLE_UNKNOWN,
            "選択された年度に、その標識番号の車両の記録がありません。",
            "There is no vehicle with that number plate for the chosen year.",
            CHOOSE_AGAIN,
            "本人の軽自動車税（種別割）に、その標識番号・年度の収納情報がない。",
        ),
        R.VEHICLE_NOT_INSPECTED: _open(
            R.VEHICLE_NOT_INSPECTED,
            "この車両は継続検査（車検）の対象ではありません。",
            "This vehicle has no periodic inspection.",
            CHOOSE_AGAIN,
            "継続検査の対象外の車両。",
        ),
        R.VEHICLE_ARREARS: _open(
            R.VEHICLE_ARREARS,
            "この車両の軽自動車税に納付の確認ができないものがあるため、交付できません。",
            "Part of this vehicle's tax has not been confirmed as paid, so no certificate can be issued.",
            Bilingual(
                "納付後の反映には2～3週間かかります。お急ぎの方は領収証書をお持ちのうえ窓口へお越しください。",
                "Payments appear after two to three weeks. If you are in a hurry, bring the receipt to the counter.",
            ),
            "同じ車両（標識番号または車台番号下4桁が同じ）のいずれかの年度に滞納がある。",
        ),
        R.TAX_FEED_STALE: _stale("税データが許容日数より古い（または日付が未来）。日次連携を確認すること。"),
        R.RESIDENT_FEED_STALE: _stale("住民データが許容日数より古い（または日付が未来）。日次連携を確認すること。"),
        R.UNDRAWABLE: _open(
            R.UNDRAWABLE,
            "お名前または住所の文字を正確に印字できないため、キオスク端末では交付できません。"
            "窓口で文字の形を確かめて登録すると、交付できるようになります。",
            "A character of your name or address cannot be printed exactly at a kiosk. "
            "Once the counter has confirmed and registered its form, it can.",
            ASK_AT_COUNTER,
            "フォントで正確に描けない文字がある（符号位置を参照）。収納管理の「外字の登録」で字形を登録すると、窓口でも"
            "キオスク端末でも交付できる。",
        ),
    }
)
