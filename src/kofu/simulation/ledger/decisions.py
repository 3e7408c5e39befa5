"""What people decide in a simulation: refunds, 充当, 不納欠損, 収納取消, 付替, 仮受. Each is tried until it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from kofu.core.calendar import day_in_japan, next_business_day
from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears.domain.write_off import WriteOffReason
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.codecs import bulk_transfer
from kofu.ledger.overpayments.pay import pay_refunds
from kofu.ledger.payments import suspense
from kofu.ledger.payments.move_payments import Target, propose_move
from kofu.ledger.sent_files.stored_files import have_again, stored_files
from kofu.simulation.ledger.desks import Desks
from kofu.simulation.ledger.plan import FIRST_TILL, DrawnNotice, DrawnPayment, Way
from kofu.simulation.ledger.staff import CHIEF, CLERK, WARD, LedgerStaff
from kofu.simulation.lines import StagedLine
from kofu.simulation.stage import StagedActor, from_outside

CASE = "SELECT id, state, decided_on FROM refund_case WHERE addressee_number = %s ORDER BY proposed_at DESC LIMIT 1"
CORRECTION = (
    "SELECT payment_correction.id, state FROM payment_correction JOIN payment ON payment.id = payment_id"
    " WHERE payment_id = %s ORDER BY proposed_at DESC LIMIT 1"
)
DECISION = (
    "SELECT id, state FROM claim_decision WHERE claim_id = %s AND kind = 'write_off' ORDER BY proposed_at DESC LIMIT 1"
)
CLAIM = "SELECT claim.id FROM claim JOIN notice ON notice.id = notice_id WHERE notice_number = %s AND installment = %s"
PAYMENT = "SELECT id FROM payment WHERE key = %s"
PAYEE = "SELECT addressee_number FROM refund_case WHERE number = %s"
DIGITS_OF_CASE = 16


class NotYet(OperatorFault):
    """Something another has to do first is not done: it is tried again."""

    def __init__(self, what: str) -> None:
        """Say what."""
        super().__init__("not_yet", what)


@dataclass(slots=True)
class Decisions:
    """Who decides."""

    staff: LedgerStaff
    desks: Desks

    def play(self, actor: StagedActor, notice: DrawnNotice) -> None:
        """Play the story of a notice once everything that is paid of it is posted."""
        staff = self.staff
        actor.sleep(notice.at)
        needed = {name for one in notice.payments for name in one.files if name in self.desks.of_file}
        actor.wait(lambda: needed <= self.desks.taken_in and not needed & self.desks.open_files)
        if notice.change is not None:
            actor.wait(lambda: notice.number in staff.changed)
        work: dict[str, Callable[[StagedActor, DrawnNotice], None]] = {
            "reduced_refunded": self._refund,
            "refunded": self._refund,
            "offset": self._refund,
            "increased": self._pay_increase,
            "written_off": self._write_off,
            "taken_out": partial(self._correct, what="taken_out"),
            "moved": partial(self._correct, what="moved"),
            "to_suspense": partial(self._correct, what="to_suspense"),
            "assigned": partial(self._from_suspense, what="assigned"),
            "sent_back": partial(self._from_suspense, what="sent_back"),
        }
        if notice.story in work:
            work[notice.story](actor, notice)

    def _key_of(self, notice: DrawnNotice) -> str | None:
        """Give the key by which the first payment of a notice was told, if it was."""
        first = notice.payments[0]
        named = first.named or notice.notice_number
        return next(
            (one.key for one in self.staff.told
             if one.what == "paid" and (one.notice, one.installment, one.on) == (named, first.installment, first.on)),
            None,
        )  # fmt: skip

    # refunds --------------------------------------------------------------------------------------------------------

    def _refund(self, actor: StagedActor, notice: DrawnNotice) -> None:
        """起案, 決裁, 通知, 請求: as far as it goes before it is paid."""
        staff = self.staff
        told: list[bool] = []

        def work(line: StagedLine) -> None:
            while True:
                found = line.execute(CASE, [notice.addressee_number]).fetchone()
                case_id, state, decided_on = found or (UUID(int=0), "none", None)
                if decided_on is not None and not told:
                    told.append(True)
                    staff.note_told("refund_decided", notice=notice.notice_number, on=decided_on)
                match state:
                    case "none" | "withdrawn":
                        refund.propose(
                            line, WARD, notice.addressee_number, causes={}, rules=staff.rules,
                            acting=staff.acting(CLERK),
                        )  # fmt: skip
                    case "proposed":
                        self._approve(line, case_id)
                    case "approved":
                        refund.notify(line, case_id, papers=["還付通知書"], acting=staff.acting(CLERK))
                    case "notified":
                        account = BankAccount(
                            bank_code="0001", branch_code="001", account_type="1",
                            account_number=f"{7_000_000 + notice.number}", holder="ﾐﾎﾝ ﾀﾛｳ",
                        )  # fmt: skip
                        refund.claim(
                            line, case_id, account, claimed_on=day_in_japan(staff.clocks.ward()), source="還付請求書",
                            rules=staff.rules, acting=staff.acting(CLERK), holder_confirmed="通帳の写しで確認",
                        )  # fmt: skip
                    case _:
                        return

        if self._key_of(notice) is not None:
            staff.tried(actor, f"decide {notice.number}", work)

    def _approve(self, line: StagedLine, case_id: UUID) -> None:
        try:
            refund.approve(line, case_id, rules=self.staff.rules, acting=self.staff.acting(CHIEF))
        except OperatorFault as fault:
            if fault.code != "plan_changed":
                raise
            refund.withdraw(line, case_id, reason="台帳が変わったため", acting=self.staff.acting(CLERK))

    def pay(self, actor: StagedActor, name: str) -> None:
        """Pay out what was claimed; where nothing was, that is so."""
        staff = self.staff

        def work(line: StagedLine) -> None:
            try:
                pay_refunds(
                    line, WARD, staff.profile.transfer, on=next_business_day(staff.today),
                    answers=staff.profile.answer_rules, acting=staff.acting(CHIEF), forms=staff.profile.bank_forms,
                )  # fmt: skip
            except OperatorFault as fault:
                if fault.code != "nothing_to_pay":
                    raise

        staff.tried(actor, name, work)

    def note_paid(self) -> None:
        """Tell what the bank pays: every file of transfers that is kept went to it, once."""
        staff = self.staff
        with from_outside(), StagedLine.connect(staff.url, autocommit=True) as line:
            for file_id in sorted(stored_files(line, WARD)):
                name, content = have_again(line, WARD, file_id, acting=staff.acting(CLERK))
                file = bulk_transfer.decode(content, file=name, processed_on=staff.today)
                for one in file.lines:
                    row = line.execute(PAYEE, [int(one.reference[-DIGITS_OF_CASE:])]).fetchone()
                    number = f"{int(row[0]):017d}" if row else ""
                    staff.note_told("refund_paid", notice=number, yen=one.amount)

    # claims ---------------------------------------------------------------------------------------------------------

    def _pay_increase(self, actor: StagedActor, notice: DrawnNotice) -> None:
        """Take what was increased at a till."""
        change = notice.change
        if change is None:
            return
        name = f"increase {notice.number}"
        mark = notice.payments[0].mark + 1
        paid = DrawnPayment(Way.TILL, 0, change.installment, change.yen, self.staff.day_before, mark)
        number = FIRST_TILL + 2 * notice.number
        self.desks.at_till(actor, number, [(notice.notice_number, paid)], name=name)

    def _write_off(self, actor: StagedActor, notice: DrawnNotice) -> None:
        """不納欠損 of both claims (限定承認), as far as anything is due of them."""
        staff = self.staff
        for claim in notice.claims:

            def work(line: StagedLine, installment: str = claim.installment) -> None:
                found = line.execute(CLAIM, [notice.notice_number, installment]).fetchone()
                claim_id = found[0] if found else 0
                row = line.execute(DECISION, [claim_id]).fetchone()
                if row is None:
                    reason = WriteOffReason.LIMITED_ACCEPTANCE
                    decide_claims.propose_write_off(line, claim_id, reason, acting=staff.acting(CLERK))
                    row = line.execute(DECISION, [claim_id]).fetchone()
                if row is not None and row[1] == "proposed":
                    decide_claims.approve(line, row[0], acting=staff.acting(CHIEF))

            if staff.tried(actor, f"decide {notice.number}", work):
                staff.note_told(
                    "written_off", notice=notice.notice_number, installment=claim.installment, on=staff.today
                )

    # payments -------------------------------------------------------------------------------------------------------

    def _correct(self, actor: StagedActor, notice: DrawnNotice, what: str) -> None:
        """収納取消 or 付替 of the first payment, proposed by one and approved by another."""
        staff, key = self.staff, self._key_of(notice)
        if key is None:
            return
        target = Target(notice_number=notice.notice_number, installment="1") if what == "moved" else None

        def work(line: StagedLine) -> None:
            payment_id = _posted(line, key)
            row = line.execute(CORRECTION, [payment_id]).fetchone()
            if row is None and what == "taken_out":
                suspense.propose_correction(line, payment_id, reason="不渡り", acting=staff.acting(CLERK))
            elif row is None:
                propose_move(line, payment_id, target, reason="納付先の訂正", acting=staff.acting(CLERK))
            row = line.execute(CORRECTION, [payment_id]).fetchone()
            if row is not None and row[1] == "proposed":
                suspense.decide_correction(line, row[0], approve=True, rules=staff.rules, acting=staff.acting(CHIEF))

        if staff.tried(actor, f"decide {notice.number}", work):
            installment = "1" if what == "moved" else ""
            staff.note_told(what, key=key, notice=notice.notice_number, installment=installment)

    def _from_suspense(self, actor: StagedActor, notice: DrawnNotice, what: str) -> None:
        """Assign money of nobody's to the claim it was meant for, or send it back."""
        staff, key = self.staff, self._key_of(notice)
        if key is None:
            return

        def work(line: StagedLine) -> None:
            payment_id = _posted(line, key)
            if not any(one.payment_id == payment_id for one in suspense.list_suspense(line, WARD)):
                return
            if what == "assigned":
                suspense.assign(
                    line, payment_id, notice_number=notice.notice_number, installment="1", rules=staff.rules,
                    reason="本人に確認", acting=staff.acting(CLERK),
                )  # fmt: skip
            else:
                suspense.send_back(line, payment_id, reason="組戻し", acting=staff.acting(CLERK))

        if staff.tried(actor, f"decide {notice.number}", work):
            staff.note_told(what, key=key, notice=notice.notice_number, installment="1")


def _posted(line: StagedLine, key: str) -> UUID:
    """Give the id of a payment by its key. Raises `NotYet` until it is posted."""
    found = line.execute(PAYMENT, [key]).fetchone()
    if found is None:
        raise NotYet(f"payment {key} is not posted")
    payment_id: UUID = found[0]
    return payment_id
