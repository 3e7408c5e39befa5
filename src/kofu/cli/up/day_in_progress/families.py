"""相続人 on the desk: one family has filed who represents it, another's representative waits to be designated."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from kofu.cli.up.day_in_progress.desk import CLERK, Desk
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.heirs import propose_designation, register_heirs

DAYS_TO_DECLARE = 14


def register_families(desk: Desk) -> None:
    """Register the heirs of two people who died: one by 届出, one by a survey nobody answered in time."""
    dead: list[tuple[str, date]] = desk.connection.execute(
        "SELECT addressee_number, status_date FROM taxpayer WHERE municipality_code = %s AND status = 'dead'"
        " AND status_date < %s AND NOT addressee_number = ANY(%s) ORDER BY status_date DESC, addressee_number LIMIT 2",
        [desk.code, desk.today - timedelta(days=2 * DAYS_TO_DECLARE), sorted(desk.taken)],
    ).fetchall()
    desk.keep([number for number, _ in dead])
    for number, died_on in dead[:1]:
        declare_heirs(desk, number, died_on)
    for number, died_on in dead[1:]:
        inheritance = register_heirs(
            desk.connection, desk.code, number, _family(signed=False), basis=Basis.SURVEY, representative=None,
            died_on=died_on, filed_on=desk.today - timedelta(days=DAYS_TO_DECLARE + 1),
            declare_by=desk.today - timedelta(days=1), acting=desk.acting(CLERK),
        )  # fmt: skip
        reason = "届出の期限までに届出がなく、同居の配偶者であるため"
        propose_designation(
            desk.connection, desk.code, inheritance, position=0, reason=reason, acting=desk.acting(CLERK)
        )


def declare_heirs(desk: Desk, addressee_number: str, died_on: date) -> None:
    """Register a 届出 every heir has signed."""
    register_heirs(
        desk.connection, desk.code, addressee_number, _family(signed=True), basis=Basis.DECLARATION,
        representative=0, died_on=died_on, filed_on=desk.today, declare_by=None, acting=desk.acting(CLERK),
    )  # fmt: skip


def _family(*, signed: bool) -> tuple[Heir, ...]:
    return tuple(
        Heir(
            name=name,
            postal_code="1600001",
            address="東京都見本区見本二丁目1番1号",
            relation=relation,
            share=Fraction(1, 2),
            signed=signed,
        )
        for name, relation in (("見本 花子", "妻"), ("見本 一郎", "子"))
    )
