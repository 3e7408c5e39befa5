"""Looks at the accounts of a system, by figures alone."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from kofu.core.errors import InvariantBroken
from kofu.evidence.domain.standing import EvidenceFinding, broken, deviates, holds
from kofu.evidence.ground import EvidenceGround


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """How many accounts open something today; of these: shared, of one name, without a code, of the demonstration."""

    active: int
    shared: int
    namesakes: int
    without_factor: int
    demonstration: int


def _figures(ground: EvidenceGround) -> AccountFigures:
    with ground.open_database() as connection, connection.cursor(row_factory=class_row(AccountFigures)) as cursor:
        found = cursor.execute(
            "SELECT active, shared, namesakes, without_factor, demonstration FROM staff_account_figures(%s)",
            [ground.today],
        ).fetchone()
    if found is None:
        raise InvariantBroken("the function of the figures gives one row")
    return found


def personal(ground: EvidenceGround) -> EvidenceFinding:
    """Every account that opens something is one person's (個人ごとにユーザIDを割り当て)."""
    found = _figures(ground)
    if found.shared:
        return broken(f"氏名のない、または共用と分かるアカウントが {found.shared} あります。")
    if found.namesakes:
        return deviates(
            f"同じ氏名のアカウントが {found.namesakes} あります。同じ人が二つ持てば、二人の決裁が一人になります。"
        )
    if not found.active:
        return broken("有効なアカウントがありません。誰の名でも操作できません。")
    return holds(f"有効なアカウント {found.active} は、どれも別の氏名の一人のものです。")


def second_factor(ground: EvidenceGround) -> EvidenceFinding:
    """Who has set a password of their own has a one-time code too; before, nothing else opens."""
    found = _figures(ground)
    if found.without_factor:
        return broken(f"ワンタイムコードのないアカウントが {found.without_factor} あります。")
    return holds(f"使われているアカウントには、どれもワンタイムコードがあります（有効 {found.active}）。")


def no_demonstration(ground: EvidenceGround) -> EvidenceFinding:
    """Nothing serves real papers beside an account whose password is published."""
    found = _figures(ground)
    if found.demonstration and not ground.profile.specimen:
        return broken(f"実演用のアカウント {found.demonstration} で入れます。証明書は実物です。")
    if found.demonstration:
        return deviates(
            f"見本の環境です。実演用のアカウントが {found.demonstration} あります。実運用の設定では起動しません。"
        )
    return holds("実演用のアカウントでは入れません。")
