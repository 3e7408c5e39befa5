"""The gate of change: the figures of a feed, each with the bound of its sort.

A feed that lost a source, or states everybody as undeclared, is signed, counted and summed correctly by its sender
(国立市, 令和6年): only a comparison with yesterday, and with the same weekday a week before, shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kofu.contracts.feed_tables import DEDUCTION_COLUMNS, INCOME_COLUMNS
from kofu.core.gates import Bound, FeedGates
from kofu.judgement.findings import Figure
from kofu.judgement.words import rule_text


class Sort(StrEnum):
    """Which bound of the profile a figure has."""

    ROWS = "rows"
    SUMS = "sums"
    STATES = "states"
    EVENTS = "events"
    CORRECTIONS = "corrections"
    GONE = "gone"
    HOLDS = "holds"
    MISFITS = "misfits"
    WARNINGS = "warnings"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """A figure by its stable name; `japanese` is what staff read. `yen`: shown as an amount."""

    name: str
    japanese: str
    sort: Sort
    yen: bool = False


def _kind(name: str, japanese: str, sort: Sort, *, yen: bool = False) -> tuple[str, FigureKind]:
    return name, FigureKind(name=name, japanese=japanese, sort=sort, yen=yen)


#: Every figure, in the order in which staff read them.
FIGURES: Mapping[str, FigureKind] = dict(
    [
        _kind("residents", "住民（現住）", Sort.ROWS),
        _kind("residents_moving_out", "転出届済", Sort.STATES),
        _kind("residents_moved_out", "転出", Sort.STATES),
        _kind("residents_dead", "死亡", Sort.STATES),
        _kind("residents_deleted", "職権消除", Sort.STATES),
        _kind("residents_new", "新しい宛名番号", Sort.EVENTS),
        _kind("residents_renamed", "名まで変わった人", Sort.CORRECTIONS),
        _kind("residents_rewritten", "氏名の表記の変わった人", Sort.EVENTS),
        _kind("names_handed_on", "前日は別の人のものだった氏名", Sort.MISFITS),
        _kind("residents_moved", "住所の変わった人", Sort.EVENTS),
        _kind("births_changed", "生年月日・性別の変わった人", Sort.CORRECTIONS),
        _kind("births_exchanged", "生年月日・性別が入れ替わった人", Sort.MISFITS),
        _kind("name_and_birth_changed", "氏名と生年月日・性別がともに変わった人", Sort.MISFITS),
        _kind("addresses_exchanged", "住所が入れ替わった人", Sort.MISFITS),
        _kind("back_from_death", "死亡から戻った人", Sort.MISFITS),
        _kind("certificates", "電子証明書", Sort.ROWS),
        _kind("certificates_not_valid", "電子証明書（失効・一時停止）", Sort.STATES),
        _kind("certificates_back_from_revocation", "失効から戻った電子証明書", Sort.MISFITS),
        _kind("certificate_dates_changed", "有効期間の変わった電子証明書", Sort.MISFITS),
        _kind("assessments", "賦課情報", Sort.ROWS),
        _kind("annual_tax", "年税額の計", Sort.SUMS, yen=True),
        _kind("aggregate_income", "合計所得金額の計", Sort.SUMS, yen=True),
        _kind("undeclared", "未申告", Sort.STATES),
        _kind("nontaxable", "非課税", Sort.STATES),
        _kind("correcting", "更正処理中", Sort.STATES),
        _kind("without_taxing_right", "課税権なし", Sort.STATES),
        _kind("declaration_changed", "申告区分の変わった賦課情報", Sort.EVENTS),
        _kind("methods_off_notices", "徴収区分が通知書と合わない賦課情報", Sort.STATES),
        _kind("resident_notices", "住民税の通知書", Sort.ROWS),
        _kind("resident_assessed", "住民税の調定額の計", Sort.SUMS, yen=True),
        _kind("resident_paid", "住民税の納付済額の計", Sort.SUMS, yen=True),
        _kind("resident_paid_in_full", "住民税の完納", Sort.STATES),
        _kind("resident_unpaid", "住民税の未納あり", Sort.STATES),
        _kind("light_vehicle_notices", "軽自動車税の通知書", Sort.ROWS),
        _kind("light_vehicle_assessed", "軽自動車税の調定額の計", Sort.SUMS, yen=True),
        _kind("light_vehicle_paid", "軽自動車税の納付済額の計", Sort.SUMS, yen=True),
        _kind("light_vehicle_paid_in_full", "軽自動車税の完納", Sort.STATES),
        _kind("light_vehicle_unpaid", "軽自動車税の未納あり", Sort.STATES),
        _kind("notices_above_annual_tax", "通知書の計が年税額を超える賦課情報", Sort.STATES),
        _kind("notices_below_annual_tax", "通知書の計が年税額に満たない賦課情報", Sort.STATES),
        _kind("addresses_changed", "賦課期日の住所の変わった賦課情報", Sort.EVENTS),
        _kind("assessed_names_exchanged", "氏名が入れ替わった賦課情報", Sort.MISFITS),
        _kind("assessed_addresses_exchanged", "賦課期日の住所が入れ替わった賦課情報", Sort.MISFITS),
        _kind("amounts_exchanged", "金額が入れ替わった賦課情報", Sort.MISFITS),
        _kind("amounts_handed_on", "前日は別の人のものだった金額の賦課情報", Sort.MISFITS),
        _kind("notice_amounts_exchanged", "調定額が入れ替わった住民税の通知書", Sort.MISFITS),
        _kind("vehicles_exchanged", "標識番号が入れ替わった通知書", Sort.MISFITS),
        _kind("notices_changed_person", "宛名番号の変わった通知書", Sort.EVENTS),
        _kind("notices_taken", "前の人が賦課情報に残っている、宛名番号の変わった通知書", Sort.MISFITS),
        _kind("assessments_taken", "他の年度を前の人に残して宛名番号の変わった賦課情報", Sort.MISFITS),
        _kind("standing_holds", "抑止中", Sort.STATES),
        _kind("holds_vanished", "解除の連絡なく記録の消えた抑止", Sort.HOLDS),
        _kind("states_unreleased", "解除の連絡なく転出届・職権消除から戻った人", Sort.HOLDS),
        _kind("protected_addresses_stated", "前日までなかった住所の記載された支援措置対象者", Sort.HOLDS),
        _kind("gone", "前の世代にあって全件にない行", Sort.GONE),
        _kind("removed", "差分が削除した行", Sort.EVENTS),
        _kind("gone_back", "以前の内容に戻った行（変わった行のうち）", Sort.EVENTS),
        _kind("names_changed", "住民情報と氏が異なる賦課情報", Sort.EVENTS),
        _kind("names_misfit", "氏名が住民情報と合わない賦課情報", Sort.MISFITS),
    ]
)

#: Sorts that count what happened between two generations, not how many there are.
HAPPENINGS = frozenset({Sort.EVENTS, Sort.CORRECTIONS, Sort.GONE, Sort.HOLDS, Sort.MISFITS, Sort.WARNINGS})

WARNING_PREFIX = "warning:"
SUM_PREFIX = "sum:"
#: Columns whose sums are compared with yesterday's: two of them exchanged for everybody keep every sum of a row.
SUMMED = {
    column.name: column.japanese
    for column in (*INCOME_COLUMNS, *DEDUCTION_COLUMNS)
    if column.name.endswith(("_revenue", "_deduction"))
}


def kind_of(name: str) -> FigureKind:
    """Give the kind of a figure; the count of a warning is named after its rule, the sum of a column after it."""
    if name.startswith(SUM_PREFIX):
        japanese = f"{SUMMED[name.removeprefix(SUM_PREFIX)]}の計"
        return FigureKind(name=name, japanese=japanese, sort=Sort.SUMS, yen=True)
    if name.startswith(WARNING_PREFIX):
        return FigureKind(
            name=name, japanese=f"注意：{rule_text(name.removeprefix(WARNING_PREFIX))}", sort=Sort.WARNINGS
        )
    return FIGURES[name]


def bound_of(name: str, gates: FeedGates) -> Bound:
    """Give the bound a figure has in a municipality."""
    return {
        Sort.ROWS: gates.rows,
        Sort.SUMS: gates.sums,
        Sort.STATES: gates.states,
        Sort.EVENTS: gates.events,
        Sort.CORRECTIONS: gates.corrections,
        Sort.GONE: gates.gone,
        Sort.HOLDS: gates.holds,
        Sort.MISFITS: gates.misfits,
        Sort.WARNINGS: gates.warnings,
    }[kind_of(name).sort]


def figures_of(
    after: Mapping[str, int],
    before: Mapping[str, int] | None,
    week_before: Mapping[str, int],
    gates: FeedGates,
    *,
    among: Mapping[str, int],
) -> Iterator[Figure]:
    """Put each figure beside those of the days it is compared with, and its bound, in the order staff read them.

    `before` None: the first feed of its kind, nothing to compare with; happenings still have their bound. `among`: of
    how many rows a happening is counted.
    """
    order = {name: place for place, name in enumerate(FIGURES)}
    for name in sorted(after, key=lambda one: (order.get(one, len(order)), one)):
        figure = Figure(
            name=name,
            after=after[name],
            before=None if before is None else before.get(name, 0),
            week_before=week_before.get(name),
            bound=bound_of(name, gates),
            of=among.get(name, 0) if kind_of(name).sort in HAPPENINGS else None,
        )
        if not name.startswith(SUM_PREFIX) or figure.out_of_bounds:  # a column's sum is shown where it tells something
            yield figure
