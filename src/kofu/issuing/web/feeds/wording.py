"""What the gates say, in Japanese: states of a judged feed, rules, files, columns."""

from __future__ import annotations

import re

from kofu.contracts.feed_tables import TABLES
from kofu.core.names import code_points_of, read_code_points
from kofu.core.transposition import Relation, TranspositionTables
from kofu.issuing.feeds.domain.judged_feeds import FeedState
from kofu.issuing.glyphs.glyph_sets import GlyphSetIntake
from kofu.issuing.web.wording import StateWord
from kofu.judgement.findings import Severity

STATES: dict[FeedState, StateWord] = {
    FeedState.REFUSED: StateWord("取込拒否", "bad"),
    FeedState.HELD: StateWord("保留", "warn"),
    FeedState.RELEASED: StateWord("解除済（切替待ち）", "idle"),
    FeedState.REJECTED: StateWord("却下", "bad"),
    FeedState.ACTIVATED: StateWord("切替済", "good"),
}
FEEDS = {"tax": "税情報", "resident": "住民情報"}
MODES = {"full": "全件", "difference": "差分"}
SEVERITIES = {Severity.HARD: "拒否", Severity.ROW_HELD: "行を保留", Severity.WARNING: "注意"}

COLUMNS: dict[str, str] = {column.name: column.japanese for table in TABLES for column in table.columns}
TABLE_NAMES: dict[str, str] = {table.name: table.japanese for table in TABLES}


UNDRAWABLE: dict[str, str] = {
    "not_a_character": "文字でない符号",
    "private_use": "外字領域",
    "not_in_font": "フォントにない文字",
    "sequence_not_in_font": "フォントにない異体字",
    "lone_selector": "親字のない異体字セレクタ",
    "unusual_space": "特殊な空白",
    "combining": "結合文字",
}


#: What is said of a glyph set (外字の組) that did not arrive as the ledger has it.
DELIVERIES: dict[GlyphSetIntake, str] = {
    GlyphSetIntake.MISSING: "受け取っていません（連携フォルダーにありません）",
    GlyphSetIntake.OLDER: "受け取りませんでした（受領済みの版より古い版です）",
    GlyphSetIntake.REFUSED: "受け取りませんでした（署名または内容が正しくありません）",
}
REGISTERED = "字形を登録済み（交付できます）"
_CHARACTER = re.compile(r"U\+[0-9A-F]+(?: U\+[0-9A-F]+)*")


def undrawn_characters(detail: str) -> frozenset[str]:
    """Give the characters a finding names, by their code points: `U+8FBB U+E0100`."""
    return frozenset(_CHARACTER.findall(detail))


def undrawable_text(detail: str) -> str:
    """Say which code points cannot be drawn and why, from `U+8FBB U+E0100 (sequence_not_in_font) / …`."""
    for reason, japanese in UNDRAWABLE.items():
        detail = detail.replace(f"({reason})", f"（{japanese}）")
    return detail


def table_text(detail: str, tables: TranspositionTables) -> str:
    """Say what the 外字 tables know of the characters a finding names and do not map: for staff to read."""
    known = [
        row for points in sorted(undrawn_characters(detail)) for row in tables.words_on(read_code_points(points) or "")
    ]
    return "".join(
        f"　変換表：縮退候補 {code_points_of(row.to)}（氏名・住所には使いません。{row.source}）"
        if row.relation is Relation.REDUCED
        else f"　変換表：{row.mj_name}（符号位置がまだありません。{row.source}）"
        for row in known
    )


def column_text(column: str | None) -> str:
    """Name a column as the field does; several are joined."""
    return "・".join(COLUMNS.get(one, one) for one in (column or "").split("+") if one)
