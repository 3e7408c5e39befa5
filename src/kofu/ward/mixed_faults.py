"""Changes of tables for bad feeds: blocks moved by a row, people merged, columns exchanged, things of another time.

Each is a pure change of a table as text, as in the file. What the file itself must keep (sums of a row, distinct keys)
is kept, so that nothing but a judgement of the content can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from kofu.contracts.feed import FeedKind, Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS

Change = Callable[[pl.DataFrame], pl.DataFrame]
BLOCK = 12
"""Fewer rows than any bound of events allows (`kofu.core.gates`), so that no count gives a block away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFault:
    """A fault of one table. `what`: in words."""

    name: str
    kind: FeedKind
    table: Table
    what: str
    change: Change


def block_moved(columns: Sequence[str], among: pl.Expr, *, size: int = BLOCK) -> Change:
    """Move the cells of `columns` down by one row in a block of rows that differ in them; its first keeps its own."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        rows = frame.with_row_index("place").filter(among).unique("addressee_number", maintain_order=True)
        places = rows.unique(columns, keep="first", maintain_order=True)["place"].to_list()[:size]
        source = dict(zip(places[1:], places, strict=False))
        order = [source.get(place, place) for place in range(frame.height)]
        return frame.with_columns(frame[column].gather(order) for column in columns)

    return change


def copied(columns: Sequence[str], among: pl.Expr) -> Change:
    """Write the cells of one row over those of the next that differs in them; the one keeps them."""
    return block_moved(columns, among, size=2)


def columns_exchanged(one: str, other: str) -> Change:
    """Exchange two columns for everybody."""
    return lambda frame: frame.with_columns(pl.col(one).alias(other), pl.col(other).alias(one))


def codes_exchanged(column: str, one: str, other: str, among: pl.Expr | None = None) -> Change:
    """Exchange two codes of a column for everybody, or for whom `among` holds."""
    chosen = pl.lit(value=True) if among is None else among
    return lambda frame: frame.with_columns(
        pl.when(chosen).then(pl.col(column).replace({one: other, other: one})).otherwise(pl.col(column)).alias(column)
    )


def half(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the first half of the rows, as where a transfer broke off and was signed nevertheless."""
    return frame.head(frame.height // 2)


def years_moved(years: int) -> Change:
    """Say of each row that it is of a year so many later."""
    return lambda frame: frame.with_columns((pl.col("fiscal_year").cast(pl.Int64) + years).cast(pl.String))


def years_exchanged(facts: Sequence[str]) -> Change:
    """Exchange `facts` between the two newest years of one person who was taxed otherwise in each."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        newest = sorted(frame["fiscal_year"].unique())[-2:]
        rows = frame.with_row_index("place").filter(pl.col("fiscal_year").is_in(newest) & (pl.col("annual_tax") != "0"))
        both = rows.group_by("addressee_number", maintain_order=True).agg(
            pl.col("place"), pl.struct(facts).n_unique().alias("different")
        )
        one, other = both.filter(pl.col("different") == len(newest))["place"][0]
        order = list(range(frame.height))
        order[one], order[other] = other, one
        return frame.with_columns(frame[column].gather(order) for column in facts)

    return change


def merged(facts: Sequence[str]) -> Change:
    """Make one of two people: the second's rows vanish, the first's say what the second's said of the newest year."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        newest = frame.filter((pl.col("fiscal_year") == pl.col("fiscal_year").max()) & (pl.col("annual_tax") != "0"))
        first, second = newest.unique(facts, keep="first", maintain_order=True)["addressee_number"].to_list()[:2]
        source = newest.filter(pl.col("addressee_number") == second)
        is_first = (pl.col("addressee_number") == first) & (pl.col("fiscal_year") == source["fiscal_year"][0])
        told = frame.with_columns(
            pl.when(is_first).then(pl.lit(source[name][0])).otherwise(pl.col(name)).alias(name) for name in facts
        )
        return told.filter(pl.col("addressee_number") != second)

    return change


def split(number: str) -> Change:
    """Give the newest year of the first person to a number nobody has."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        first = frame["addressee_number"][0]
        newest = (pl.col("addressee_number") == first) & (pl.col("fiscal_year") == pl.col("fiscal_year").max())
        return frame.with_columns(
            pl.when(newest).then(pl.lit(number)).otherwise(pl.col("addressee_number")).alias("addressee_number")
        )

    return change


def notices_taken(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the newest notices of 住民税 of one person to the next, who has some of that year too."""
    newest = frame.filter((pl.col("tax") == "resident") & (pl.col("fiscal_year") == pl.col("fiscal_year").max()))
    one, other = newest["addressee_number"].unique(maintain_order=True).to_list()[:2]
    taken = newest.filter(pl.col("addressee_number") == one)["notice_number"].to_list()
    return frame.with_columns(
        pl.when(pl.col("notice_number").is_in(taken))
        .then(pl.lit(other))
        .otherwise(pl.col("addressee_number"))
        .alias("addressee_number")
    )


def nothing_paid(frame: pl.DataFrame) -> pl.DataFrame:
    """Forget every payment."""
    zeros = pl.col("paid").str.replace_all(r"\d+", "0")
    return frame.with_columns(paid=zeros, paid_total=pl.lit("0"))


NOBODY = "999999999999999"
_WHOSE = frozenset({"change", "addressee_number", "fiscal_year", "name_at_assessment", "address_at_assessment"})
FACTS = tuple(name for name in ASSESSMENTS.column_names if name not in _WHOSE)
_NEWEST = pl.col("fiscal_year") == pl.col("fiscal_year").max()
_TAXED = _NEWEST & (pl.col("annual_tax") != "0") & (pl.col("social_insurance_deduction") != "0")
_LIVES_HERE = pl.col("status") == "resident"
_OF_RESIDENT_TAX = _NEWEST & (pl.col("tax") == "resident")
_ASKED = ("installments", "due_dates", "assessed", "paid", "assessed_total", "paid_total")


def _fault(name: str, table: Table, what: str, change: Change) -> TableFault:
    kind = FeedKind.TAX if table in (ASSESSMENTS, COLLECTIONS) else FeedKind.RESIDENT
    return TableFault(name=name, kind=kind, table=table, what=what, change=change)


def _names_closed_up(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("name").str.replace_all("\u3000", ""))


def _of_nothing_declared(frame: pl.DataFrame) -> pl.DataFrame:
    nothing = (pl.col("aggregate_income") == "0") & (pl.col("annual_tax") == "0")
    return codes_exchanged("declaration", "declared", "undeclared", nothing)(frame)


MIXED_FAULTS: tuple[TableFault, ...] = (
    _fault(
        "names-block-shifted", RESIDENTS, "names of a block of rows moved by one", block_moved(("name",), _LIVES_HERE)
    ),
    _fault("name-copied", RESIDENTS, "one person bears another's name too", copied(("name",), _LIVES_HERE)),
    _fault(
        "births-block-shifted", RESIDENTS, "birthdays of a block moved by one", block_moved(("birthday",), _LIVES_HERE)
    ),
    _fault("sexes-exchanged", RESIDENTS, "男 and 女 exchanged for everybody", codes_exchanged("sex", "male", "female")),
    _fault(
        "addresses-block-shifted",
        RESIDENTS,
        "addresses of a block moved by one",
        block_moved(("postal_code", "address"), _LIVES_HERE),
    ),
    _fault("names-closed-up", RESIDENTS, "the space between family and given name lost", _names_closed_up),
    _fault(
        "person-copied",
        RESIDENTS,
        "one number has name, birth and sex of another",
        copied(("name", "kana", "birthday", "sex"), _LIVES_HERE),
    ),
    _fault("half-of-residents", RESIDENTS, "the second half of the file lost", half),
    _fault(
        "deaths-forgotten",
        RESIDENTS,
        "the dead live again",
        lambda frame: frame.with_columns(pl.col("status").replace({"dead": "resident"})),
    ),
    _fault(
        "validity-shifted",
        CARD_CERTIFICATES,
        "有効期間満了 of a block of certificates moved by one",
        block_moved(("valid_to",), pl.col("status") == "valid"),
    ),
    _fault("half-of-certificates", CARD_CERTIFICATES, "the second half of the file lost", half),
    _fault(
        "revocations-forgotten",
        CARD_CERTIFICATES,
        "every certificate valid",
        lambda frame: frame.with_columns(status=pl.lit("valid")),
    ),
    _fault(
        "assessed-names-block-shifted",
        ASSESSMENTS,
        "names of a block moved by one",
        block_moved(("name_at_assessment",), _NEWEST),
    ),
    _fault(
        "assessed-addresses-block-shifted",
        ASSESSMENTS,
        "addresses of a block moved by one",
        block_moved(("address_at_assessment",), _NEWEST),
    ),
    _fault("amounts-block-shifted", ASSESSMENTS, "all amounts of a block moved by one", block_moved(FACTS, _TAXED)),
    _fault(
        "amounts-copied",
        ASSESSMENTS,
        "amounts of the person of the row before",
        copied((*FACTS, "address_at_assessment"), _TAXED),
    ),
    _fault("years-exchanged", ASSESSMENTS, "two years of one person exchanged", years_exchanged(FACTS)),
    _fault("years-back", ASSESSMENTS, "every year one year back", years_moved(-1)),
    _fault("years-forward", ASSESSMENTS, "every year one year on", years_moved(1)),
    _fault(
        "insurances-exchanged",
        ASSESSMENTS,
        "社会保険料控除 and 小規模企業共済等掛金控除 exchanged for everybody",
        columns_exchanged("social_insurance_deduction", "small_enterprise_deduction"),
    ),
    _fault(
        "spouses-and-dependants-exchanged",
        ASSESSMENTS,
        "配偶者控除 and 扶養控除 exchanged for everybody",
        columns_exchanged("spouse_deduction", "dependent_deduction"),
    ),
    _fault(
        "children-and-dependants-exchanged",
        ASSESSMENTS,
        "16歳未満 and 一般の扶養 exchanged for everybody",
        columns_exchanged("dependents_under16", "dependents_general"),
    ),
    _fault("undeclared-and-nothing-exchanged", ASSESSMENTS, "未申告 and 所得なし exchanged", _of_nothing_declared),
    _fault(
        "methods-exchanged",
        ASSESSMENTS,
        "普通徴収 and 給与特別徴収 exchanged for everybody",
        codes_exchanged("collection_method", "ordinary", "salary"),
    ),
    _fault(
        "taxing-rights-lost",
        ASSESSMENTS,
        "課税権 lost where nothing is levied",
        lambda frame: frame.with_columns(
            taxing_right=pl.when(pl.col("annual_tax") == "0").then(pl.lit("0")).otherwise(pl.col("taxing_right"))
        ),
    ),
    _fault("half-of-assessments", ASSESSMENTS, "the second half of the file lost", half),
    _fault("people-merged", ASSESSMENTS, "amounts of two people under one number, the other lost", merged(FACTS)),
    _fault("person-split", ASSESSMENTS, "one person's newest year under a number nobody has", split(NOBODY)),
    _fault("notices-taken", COLLECTIONS, "one person's notices under the number of another", notices_taken),
    _fault(
        "notices-block-shifted",
        COLLECTIONS,
        "宛名番号 of a block of notices moved by one",
        block_moved(("addressee_number",), _OF_RESIDENT_TAX),
    ),
    _fault(
        "asked-block-shifted",
        COLLECTIONS,
        "what a block of notices asks for moved by one",
        block_moved(_ASKED, _OF_RESIDENT_TAX & (pl.col("collection_method") == "ordinary")),
    ),
    _fault(
        "notice-methods-exchanged",
        COLLECTIONS,
        "普通徴収 and 給与特別徴収 of notices exchanged",
        codes_exchanged("collection_method", "ordinary", "salary", pl.col("tax") == "resident"),
    ),
    _fault("nothing-paid", COLLECTIONS, "every payment forgotten", nothing_paid),
    _fault("half-of-notices", COLLECTIONS, "the second half of the file lost", half),
)
