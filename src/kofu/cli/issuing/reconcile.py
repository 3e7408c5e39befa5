"""`kofu reconcile`: compare a month's statement of the centre with the ward's own journal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.cli.shared.issuing_tools import database, municipality_code
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:
    from kofu.issuing.checks.domain.statement_check import Amounts

FILE_BYTES_MAX = 256 * 1024 * 1024
WORDS = {
    "not_known_here": "この区が受けていない要求",
    "not_reported_here": "区に印刷結果が届いていない",
    "other_outcome_here": "区に届いた印刷結果と異なる",
    "amounts_differ": "部数・枚数・金額が異なる",
    "fee_differs": "1部の手数料が異なる",
    "not_in_statement": "実績にない",
    "counted_twice": "二重に数えられている",
    "refund_of_nothing": "納付のない（または納付を超える）返金",
}


@command_action("statement.reconcile", "issuing")
def reconcile(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="statement-….json of the centre.", dir_okay=False)],
) -> None:
    """Compare to the yen and the sheet; list differences by certificate number. Exit code 1 where there are any."""
    import msgspec

    from kofu.cli.shared.people_on_record import concerned
    from kofu.contracts.statement import MonthlyStatement
    from kofu.issuing.checks.reconcile import reconcile as compare
    from kofu.issuing.requests.behind_requests import people_of_requests

    with word_faults():
        if file.stat().st_size > FILE_BYTES_MAX:
            raise typer.BadParameter(f"{file} is larger than any statement", param_hint="FILE")
        try:
            statement = msgspec.json.decode(file.read_bytes(), type=MonthlyStatement)
        except UNREADABLE as error:
            raise OperatorFault("no_statement", f"{file} is not a statement of the contract: {error}") from error
    with database() as connection:
        code = municipality_code()
        done = compare(connection, statement, municipality_code=code)
        shown = {found.request_id for found in done.differences} | {request_id for request_id, _ in done.unknown}
        concerned(connection, "statement.reconcile", code, people_of_requests(connection, code, shown))
    typer.echo(f"{statement.municipality_code} {statement.month}")
    typer.echo(f"  センター   {_amounts_in_words(done.center)}")
    typer.echo(f"  区         {_amounts_in_words(done.ward)}")
    typer.echo(f"  返金       {done.refunded:,}円　差引 {done.center.yen - done.refunded:,}円")
    for request_id, numbers in done.unknown:
        typer.echo(f"  不明       {', '.join(numbers) or '-'}  要求 {request_id}")
    for found in done.differences:
        named = ", ".join(found.numbers) or "番号なし"
        typer.echo(
            f"  相違       {named}  {WORDS[found.finding]}  {_amounts_in_words(found.amounts)}  要求 {found.request_id}"
        )
    if not done.agrees:
        typer.echo(f"相違 {len(done.differences)} 件")
        raise typer.Exit(ExitCode.REFUSED)
    typer.echo("一致しました")


def _amounts_in_words(amounts: Amounts) -> str:
    return f"{amounts.copies:,}部 {amounts.sheets:,}枚 {amounts.yen:,}円"
