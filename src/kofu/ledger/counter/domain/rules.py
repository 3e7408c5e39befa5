"""Who may have which certificate at the counter: identity, the right to apply, then what decides at the kiosk, too.

What the paper may say is decided by `kofu.certificates.domain.eligibility` alone. Here stands what only the counter
has: a person who shows who they are, others who apply for them, a fee or a reason for none. No card, no hours, no age.
A person under 支援措置 is no reason to refuse, but to ask a second person (`needs_approval`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from kofu.certificates.domain import eligibility as shared
from kofu.certificates.domain.eligibility import Eligible, Failure, TaxCase
from kofu.certificates.domain.refusals import REFUSALS, Reason
from kofu.certificates.domain.standing import (
    AssessmentStanding,
    CollectionStanding,
    RequestFacts,
    UndrawableCharacter,
)
from kofu.core.kinds import CertificateKind, HoldKind
from kofu.core.profile import Profile
from kofu.ledger.profile.domain.identity_rules import CounterRules


class Applicant(StrEnum):
    """申請者: who stands at the counter, seen from the person the paper is about."""

    SELF = "self"  # 本人
    HOUSEHOLD = "household"  # 同居の親族
    AGENT = "agent"  # 代理人（委任状）
    TAX_AGENT = "tax_agent"  # 納税管理人
    HEIR = "heir"  # 相続人


class CounterObstacle(StrEnum):
    """What stands in the way at the counter alone."""

    NOT_IDENTIFIED = "not_identified"
    RIGHT_NOT_SHOWN = "right_not_shown"
    MANDATE_ENDED = "mandate_ended"
    NO_HEIR_YET = "no_heir_yet"
    NOT_REMITTED = "not_remitted"  # 特別徴収の未納入: no 滞納額 of the person
    NOT_CERTIFIABLE = "not_certifiable"
    TEXT_OVERFLOW = "text_overflow"
    NOT_REGISTRABLE = "not_registrable"
    CHARACTER_LOST = "character_lost"
    REGISTRY_SILENT = "registry_silent"
    NO_TAX_AGENT = "no_tax_agent"
    AGENT_OUT_OF_SCOPE = "agent_out_of_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterApplication:
    """What is applied for, and what the applicant showed. `years` in order; `free_reason` "": the fee is taken.

    `identity`: kinds of documents shown (codes of the profile), never what stands in them. `right_shown`: the paper
    that gives the right to apply was seen (委任状, 届出 …). `unpaid_accepted`: the applicant knows that overdue tax
    will stand on a 納税証明書.
    """

    applicant: Applicant
    applicant_name: str
    right_shown: bool
    identity: tuple[str, ...]
    purpose: str
    kind: CertificateKind
    years: tuple[int, ...]
    copies: int
    plate_number: str
    free_reason: str
    unpaid_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonStanding:
    """The person the paper is about: dead or not, holds in force, whether issuance is stopped.

    `registry_silent`: the registry did not say what stands against the person. `right_on_record`: the ledger itself
    knows that the applicant may apply (納税管理人, heirs); `right_against`: it knows that they may not.
    """

    dead: bool
    holds: tuple[HoldKind, ...]
    halted: bool
    registry_silent: bool = False
    right_on_record: bool = False
    right_against: CounterObstacle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearStanding:
    """What the tax records say for one year, as eligibility wants to see it.

    `undrawable`: characters a glyph (外字) can be registered for, `unregistrable`: others. `lost`: fields of the paper
    in which a conversion of 外字 left a mark where a character was.
    """

    assessment: AssessmentStanding | None
    collections: tuple[CollectionStanding, ...]
    undrawable: tuple[UndrawableCharacter, ...]
    unregistrable: tuple[UndrawableCharacter, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterFailure:
    """One thing that stands in the way at the counter. `detail` is for staff: figures and code points, never a name."""

    reason: Reason | CounterObstacle
    detail: str = ""

    @property
    def words(self) -> Words:
        """What it is, and what helps."""
        return words_of(self.reason)


@dataclass(frozen=True, slots=True)
class Words:
    """The true reason, for staff, and what they can do about it."""

    staff: str
    helps: str


def needs_approval(*, protected: bool) -> bool:
    """Whether a second person must approve before anything is issued."""
    return protected


def decide_year(
    application: CounterApplication,
    year: int,
    person: PersonStanding,
    standing: YearStanding,
    *,
    profile: Profile,
    rules: CounterRules,
    today: date,
) -> Eligible | tuple[CounterFailure, ...]:
    """Decide on one year of an application: what may be issued as of `today`, or everything that stands against it.

    Raises `OperatorFault` where the profile has no form or fee for an otherwise eligible application.
    """
    failures = (
        *_applicant(application, person, rules),
        *_service(application, profile, rules, person),
        *(CounterFailure(reason=found.reason, detail=found.detail) for found in _tax(
            application, year, standing, profile=profile, today=today)),
        *_remitted(application, year, standing, today),
        *_texts(standing),
    )  # fmt: skip
    if failures:
        return failures
    fee = 0 if application.free_reason else profile.fee_on(application.kind, today).counter
    return Eligible(
        as_of=today, form_version=profile.form_version_on(application.kind, today), fee_per_copy=fee
    )  # fmt: skip


def _applicant(
    application: CounterApplication, person: PersonStanding, rules: CounterRules
) -> Iterator[CounterFailure]:
    who = application.applicant
    if not rules.identity.sufficed_by(application.identity):
        yield CounterFailure(reason=CounterObstacle.NOT_IDENTIFIED)
    excused = who is Applicant.AGENT and application.kind in rules.no_mandate_kinds
    if person.right_against is not None:
        yield CounterFailure(reason=person.right_against)
    elif who is not Applicant.SELF and not (application.right_shown or person.right_on_record or excused):
        yield CounterFailure(reason=CounterObstacle.RIGHT_NOT_SHOWN)
    if person.dead and who is not Applicant.HEIR:
        yield CounterFailure(reason=CounterObstacle.MANDATE_ENDED)
    if who is Applicant.HEIR and not person.dead:
        yield CounterFailure(reason=CounterObstacle.NO_HEIR_YET)


def _service(
    application: CounterApplication, profile: Profile, rules: CounterRules, person: PersonStanding
) -> Iterator[CounterFailure]:
    if profile.rules(application.kind) is None:
        yield CounterFailure(reason=Reason.KIND_NOT_OFFERED)
    if person.halted:
        yield CounterFailure(reason=Reason.ISSUANCE_HALTED)
    if person.registry_silent:
        yield CounterFailure(reason=CounterObstacle.REGISTRY_SILENT)
    if not 1 <= application.copies <= rules.copies_max:
        yield CounterFailure(reason=Reason.TOO_MANY_COPIES, detail=f"{application.copies} > {rules.copies_max}")
    if HoldKind.ISSUANCE_STOP in person.holds:
        yield CounterFailure(reason=Reason.ISSUANCE_STOP)


def _remitted(
    application: CounterApplication, year: int, standing: YearStanding, today: date
) -> Iterator[CounterFailure]:
    """Ask that a 納税証明書 would state no 滞納額 that is not the person's but the 特別徴収義務者's (法321条の5)."""
    of_year = [notice for notice in standing.collections if year in {notice.fiscal_year, notice.origin_year}]
    overdue = sum(notice.special and notice.arrears_on(today) > 0 for notice in of_year)
    if overdue and application.kind is CertificateKind.PAYMENT:
        yield CounterFailure(reason=CounterObstacle.NOT_REMITTED, detail=f"{overdue} overdue")


def _texts(standing: YearStanding) -> Iterator[CounterFailure]:
    """Name what no registration of a glyph (外字の登録) helps: the text itself must be corrected where it is kept."""
    for found in standing.unregistrable:
        yield CounterFailure(reason=CounterObstacle.NOT_REGISTRABLE, detail=f"{found.field}: {found.code_points}")
    for name in standing.lost:
        yield CounterFailure(reason=CounterObstacle.CHARACTER_LOST, detail=name)


def _tax(
    application: CounterApplication, year: int, standing: YearStanding, *, profile: Profile, today: date
) -> Iterator[Failure]:
    case = TaxCase(
        request=RequestFacts(
            kind=application.kind,
            fiscal_year=year,
            copies=application.copies,
            plate_number=application.plate_number or None,
        ),
        assessment=standing.assessment,
        collections=standing.collections,
        undrawable=standing.undrawable,
        profile=profile,
        today=today,
        unpaid_refuses=not application.unpaid_accepted,
        unremitted_refuses=False,  # `_remitted` says so in the counter's own words
    )
    for step in (
        shared.under_correction,
        shared.year_offered,
        shared.taxing_right,
        shared.declared,
        shared.rule_of_kind,
        shared.drawable,
    ):
        yield from step(case)


_HELPS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.KIND_NOT_OFFERED: "この区市町村では発行していない証明書です。別の種別を案内してください。",
        Reason.ISSUANCE_HALTED: "調査票を二人で閉じると再開します。後日の交付を案内してください。",
        Reason.TOO_MANY_COPIES: "部数を減らすか、申請を分けてください。",
        Reason.ISSUANCE_STOP: "発行停止を設定した係に、申請者に伝えてよい内容も含めて確認してください。",
        Reason.CORRECTING: "更正の処理が終わると交付できます。課税の係に終わる見込みを確認してください。",
        Reason.YEAR_NOT_PUBLISHED: "交付開始日の後に来ていただくか、前の年度を案内してください。",
        Reason.YEAR_BEYOND_LAW: "納税証明書は、請求日の属する年度と前3年度までです。ほかの年度を案内してください。",
        Reason.YEAR_NOT_OFFERED: "交付している年度を案内してください。",
        Reason.NO_ASSESSMENT: "1月1日にこの区市町村に住んでいたか確認してください。申告をすると後日交付できます。",
        Reason.NO_TAXING_RIGHT: "その年の1月1日に住民登録のあった区市町村へ案内してください。",
        Reason.UNDECLARED: "課税の係で申告していただくと、賦課の後に交付できます。収入がなかった方も申告できます。",
        Reason.DEPENDENT_UNDECLARED: "課税（非課税）証明書は交付できます。所得の記載が必要なら申告を案内してください。",
        Reason.NONTAXABLE_YEAR: "課税（非課税）証明書を案内してください。",
        Reason.PAYMENT_RECORD_MISSING: "調定・収納の記録を確認してください。記録の誤りであれば訂正の後に交付できます。",
        Reason.UNPAID: "未納の額の記載を申請者が了承すれば交付できます。領収証書があれば納付を確認してください。",
        Reason.PLATE_MISSING: "車検証を見せていただき、標識番号を入力してください。",
        Reason.VEHICLE_UNKNOWN: "標識番号と年度を車検証で確認してください。名義変更の直後は前の所有者の記録です。",
        Reason.VEHICLE_NOT_INSPECTED: "継続検査のない車両です。一般用の納税証明書を案内してください。",
        Reason.VEHICLE_ARREARS: "滞納の年度を納めていただくと交付できます。領収証書があれば納付を確認してください。",
        Reason.UNDRAWABLE: "戸籍などで字形を確かめ、外字の登録を起案してください。決裁の後すぐに窓口で、"
        "翌朝の連携の後はキオスク端末でも交付できます。",
    }
)

_OWN: Mapping[CounterObstacle, Words] = MappingProxyType(
    {
        CounterObstacle.NOT_IDENTIFIED: Words(
            "本人確認書類が足りない。",
            "顔写真付きのものを1点、なければほかのものを定められた点数、見せていただいてください。",
        ),
        CounterObstacle.RIGHT_NOT_SHOWN: Words(
            "申請できる資格を示す書類を確認していない。",
            "代理人は委任状、同居の親族は同居の確認、登録のない相続人は戸籍等を確認してください。",
        ),
        CounterObstacle.MANDATE_ENDED: Words(
            "証明の対象の方は亡くなっている。委任は終了している（民法111条・653条）。",
            "相続人からの申請として受け付けてください（戸籍等で相続人であることを確認）。",
        ),
        CounterObstacle.NO_HEIR_YET: Words(
            "死亡の記録がない方について、相続人からの申請はできない。",
            "本人または代理人の申請を案内してください。届出の直後であれば、住民記録を確認してください。",
        ),
        CounterObstacle.NO_TAX_AGENT: Words(
            "この氏名の納税管理人は、いま効力のある届出にない。",
            "氏名を確かめてください。届出があれば、個人の画面で登録（区域外は承認）してから受け付けてください。",
        ),
        CounterObstacle.AGENT_OUT_OF_SCOPE: Words(
            "納税管理人だが、この税目または証明書の申請は届出の範囲にない。", "本人の委任状を案内してください。"
        ),
        CounterObstacle.REGISTRY_SILENT: Words(
            "住民記録に支援措置などがないか確認できない。",
            "住民記録システムの応答を確認してください。確認できるまで、どなたの証明書も発行しません。",
        ),
        CounterObstacle.NOT_REMITTED: Words(
            "特別徴収の未納入がある。本人の滞納ではないので、滞納額と記載した証明書は出せない（地方税法321条の5）。",
            "特別徴収義務者に納入を確認してください。納入が記録されると交付できます。急ぐときは課税証明書を案内してください。",
        ),
        CounterObstacle.NOT_CERTIFIABLE: Words(
            "記載できる内容がない（納税額なし、未納が残る継続検査用など）。", "調定・収納の記録を確認してください。"
        ),
        CounterObstacle.NOT_REGISTRABLE: Words(
            "氏名または住所に、文字として印字できない符号（結合文字、特殊な空白など）がある。外字の登録では解決しない。",
            "住民記録（賦課期日の氏名・住所なら課税）の係に、正しい文字への訂正を依頼してください。訂正が収納管理に届くと窓口で、"
            "翌朝の連携の後はキオスク端末でも交付できます。キオスク端末を案内しないでください。",
        ),
        CounterObstacle.CHARACTER_LOST: Words(
            "氏名または住所に、外字変換の跡（〓・■・●・？など）が残っている。何の文字か分からないままでは証明できない。",
            "住民記録（賦課期日の氏名・住所なら課税）の係に、正しい文字への訂正を依頼してください。訂正が収納管理に届くと窓口で、"
            "翌朝の連携の後はキオスク端末でも交付できます。訂正後の文字が外字なら、外字の登録を起案してください。",
        ),
        CounterObstacle.TEXT_OVERFLOW: Words(
            "最小の文字でも欄に収まらない項目がある。",
            "様式の担当に連絡してください。省略して印字することはありません。",
        ),
    }
)


def words_of(reason: Reason | CounterObstacle) -> Words:
    """Say what a reason is and what helps. A reason only kiosks have says what the kiosk says."""
    if isinstance(reason, CounterObstacle):
        return _OWN[reason]
    said = REFUSALS[reason]
    return Words(said.staff, _HELPS.get(reason, said.next_step.ja))
