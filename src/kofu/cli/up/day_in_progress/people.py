"""People on the desk: accounts of 口座振替, a 納税管理人 awaiting 承認, another address, two numbers of one person."""

from __future__ import annotations

from datetime import timedelta

from kofu.cli.up.day_in_progress.desk import CLERK, SECOND_CLERK, Desk, account
from kofu.ledger.addressees.addressees import Facts, register_unregistered
from kofu.ledger.addressees.merge_people import propose_merge
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.debit.mandates import register_mandate
from kofu.ledger.debit.request_debits import days_to_request, request_debits
from kofu.ledger.formats.zengin_kana import to_zengin
from kofu.ledger.people.find import whole_person
from kofu.ledger.recipients.agents import AgentFiling, file_agent
from kofu.ledger.recipients.domain.recipients import Forwarding
from kofu.ledger.recipients.forwarding import forward
from kofu.ledger.slips.codecs.convenience import barcode_profile


def register_accounts(desk: Desk) -> None:
    """Register accounts of people who read their name in kana, and ask the banks for the next 納期限."""
    for number, claim in enumerate(desk.to_pay(6)):
        if claim.kana and claim.tax == Tax.RESIDENT:
            register_mandate(
                desk.connection, desk.code, claim.addressee_number, account(200 + number, to_zengin(claim.kana)),
                applied_on=desk.today - timedelta(days=20), starts_on=desk.today, acting=desk.acting(SECOND_CLERK),
            )  # fmt: skip
    for day in days_to_request(desk.connection, desk.code, after=desk.today)[:1]:
        request_debits(
            desk.connection, desk.code, desk.ledger.debit, barcode_profile(desk.layouts),
            debit_on=day.debit_on, answers=desk.ledger.answer_rules, acting=desk.acting(SECOND_CLERK),
            forms=desk.ledger.bank_forms,
        )  # fmt: skip


def file_who_receives(desk: Desk) -> None:
    """File an application for a 納税管理人 outside the ward's area, and another address of somebody in hospital."""
    for number in desk.employed(1):
        filing = AgentFiling(
            name="見本 代理",
            postal_code="5300001",
            address="大阪府大阪市北区見本一丁目2番3号",
            inside=False,
            taxes=frozenset(Tax),
            may_certify=True,
            confirmed=False,
            filed_on=desk.today,
            valid_from=desk.today,
        )
        file_agent(desk.connection, desk.code, number, filing, replaces=None, acting=desk.acting(CLERK))
    for number in desk.employed(1):
        place = Forwarding(
            postal_code="1690072",
            address="東京都見本区大久保見本三丁目4番5号",
            care_of="見本病院",
            valid_from=desk.today,
            valid_until=desk.today + timedelta(days=180),
        )
        forward(desk.connection, desk.code, number, place, reason="入院のため", acting=desk.acting(CLERK))


def propose_to_merge(desk: Desk) -> None:
    """Register somebody as 住登外 whom the register has too, and propose that both are one; some cells differ."""
    for claim in desk.overdue(1):
        person = whole_person(desk.connection, desk.code, claim.addressee_number)
        if person is None:
            continue
        rules = desk.ledger.addressees
        other = register_unregistered(
            desk.connection, desk.code,
            Facts(name=claim.name, kana=claim.kana, birthday=person.birthday, postal_code="1710021",
                  address="東京都豊島区西池袋見本2-1-1"),
            prefix=rules.unregistered_prefix, digits=rules.digits,
            reason="他市からの課税資料（住所が異なる）", acting=desk.acting(CLERK),
        )  # fmt: skip
        propose_merge(
            desk.connection, desk.code, other, claim.addressee_number,
            reason="氏名・生年月日が一致（住所は転入前のもの）", confirmed=True, acting=desk.acting(CLERK),
        )  # fmt: skip
