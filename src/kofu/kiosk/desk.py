"""What the kiosk does at each touch: ask the card, ask the centre, take money, have it printed, erase.

Each handler decides the event; `KioskVisit.move` knows where it leads. The resident sees a refusal before paying, and
every end of a printed, failed or given-up certificate is reported to the centre.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread

import structlog

from kofu.contracts.center import CenterRefused, SessionPrintResult, SessionRequest
from kofu.contracts.issuing import CertificateKind, PrintOutcome
from kofu.core.errors import KofuError, OperatorFault, OurFault, PeerFault, ResidentFault
from kofu.core.reference_number import shown_reference
from kofu.kiosk.card.reader import CardFault, PinAnswer
from kofu.kiosk.cards import CardReader, Device
from kofu.kiosk.center_client import CenterClient
from kofu.kiosk.domain.plate import read_plate
from kofu.kiosk.domain.printing import Ended, Job, PrintFailure, fee_kept
from kofu.kiosk.domain.screens import VISIT_LIFE, Screen, ScreenEvent, after
from kofu.kiosk.domain.till import Till
from kofu.kiosk.domain.troubles import Trouble, may_lay_again, trouble_of
from kofu.kiosk.machine import Machine
from kofu.kiosk.printing import Printer, outcome_of
from kofu.kiosk.service import Service, offer_of
from kofu.kiosk.underway import Journal, Underway
from kofu.kiosk.visit import KioskVisit, Receipt
from kofu.platform.wiped_memory import let_go

log = structlog.get_logger()

#: Touch of the button for more time: it leads to no other screen.
MORE_TIME = "more_time"
#: The demonstration's e-money: what is on a card that has enough, and on one that has not (yen).
EMONEY_BALANCES = {"emoney": 20_000, "empty_card": 10}

#: The demonstration's coin that gets stuck (yen).
STUCK_YEN = 100

Work = Callable[[], None]


def in_the_background(work: Work) -> None:
    """Let the printer work while the screen shows its progress."""
    Thread(target=work, daemon=True).start()


@dataclass(frozen=True, slots=True)
class KioskDesk:
    """The kiosk behind the screen: reader, line to the centre, its own name and the municipality of its cards."""

    reader: CardReader
    center: CenterClient
    kiosk_id: str
    municipality_code: str
    clock: Callable[[], float]
    machine: Machine
    printer: Printer
    journal: Journal
    service: Service
    run: Callable[[Work], None] = in_the_background

    def touch(self, visit: KioskVisit, event: str, value: str) -> None:
        """Do what the resident touched. Raises `ResidentFault` for a touch that belongs to another screen."""
        handler = self._handlers().get((visit.screen, event))
        now = self.clock()
        if handler is not None:
            try:
                leads_to = handler(visit, value)
            except (CardFault, OperatorFault) as error:
                leads_to = self._trouble(visit, error)
            visit.move(leads_to, now)
            if visit.screen is Screen.PRINTING:
                self.run(lambda: self._print(visit))
        elif event == MORE_TIME:
            visit.give_more_time(now)
        elif event in {ScreenEvent.BACK, ScreenEvent.START}:
            left = visit.screen
            if event == ScreenEvent.START:
                self._ready_for_a_visit()
            visit.move(ScreenEvent(event), now)
            if left is Screen.REFUSED:
                visit.forget_choice()
        elif event in {ScreenEvent.CANCEL, ScreenEvent.TIMEOUT}:
            self._leave(visit, ScreenEvent(event), now)
        else:
            raise ResidentFault("not_on_this_screen", "this touch belongs to another screen")

    def _ready_for_a_visit(self) -> None:
        """Ask whether anything can be had, before card and PIN. Raises `ResidentFault`: the first screen says why."""
        if not self.machine.serving:
            raise ResidentFault("out_of_service", "this kiosk is out of service")
        if not self.service.now(fresh=True).open:
            raise ResidentFault("service_closed", "the service is closed or cannot be reached")

    def abandon(self, visit: KioskVisit) -> None:
        """Leave a visit whose browser is gone: report, erase. A printer that never ended stays unknown to all."""
        now = self.clock()
        with visit.lock:
            if not visit.overdue(now):
                return  # touched in the meantime
            if VISIT_LIFE.allows(visit.screen, ScreenEvent.TIMEOUT):
                self._leave(visit, ScreenEvent.TIMEOUT, now)
                let_go()
            else:
                self._end_session(visit)
                visit.screen = Screen.WELCOME
                visit.entered_at = now
                visit.erase()

    def _handlers(self) -> dict[tuple[Screen, str], Callable[[KioskVisit, str], ScreenEvent]]:
        return {
            (Screen.CARDS, "card"): self._lay_card,
            (Screen.PIN, "pin"): self._enter_pin,
            (Screen.TROUBLE, "again"): self._lay_again,
            (Screen.TAKE_CARD, "taken"): self._take_card,
            (Screen.LEFT_CARD, "taken"): self._take_left_card,
            (Screen.KIND, "choose"): self._choose_kind,
            (Screen.YEAR, "choose"): self._choose_year,
            (Screen.PLATE, "plate"): self._name_plate,
            (Screen.COPIES, "choose"): self._choose_copies,
            (Screen.CONFIRM, "request"): self._request,
            (Screen.PAY, "insert"): self._insert,
            (Screen.PAY, "emoney"): self._charge,
            (Screen.PAY, "print"): self._print_free,
            (Screen.PAY, "jam"): self._stick,
            (Screen.PAPER, "taken"): self._take_paper,
            (Screen.LEFT_PAPER, "taken"): self._take_paper,
        }

    def _lay_card(self, visit: KioskVisit, value: str) -> ScreenEvent:
        index = _number(value, 0, len(self.reader.cards) - 1)
        card = self.reader.cards[index]
        self._take_off(visit)  # another card was laid before: it is off where this one lies
        visit.card = card
        visit.card_missing = visit.pin_was_wrong = False
        try:
            laid = self.reader.lay(card)
        except PeerFault as error:
            return self._trouble(visit, error)
        except CardFault:  # something lies there: it is waited for
            raise
        except ResidentFault:  # none lies there: nothing to be taken off
            visit.card = None
            visit.card_missing = True
            return ScreenEvent.NO_CARD
        if laid.tries_left == 0:
            return ScreenEvent.PIN_LOCKED
        if card.device is Device.IPHONE:
            return self._open(visit, ScreenEvent.CARD_WITHOUT_PIN_LAID)
        return ScreenEvent.CARD_LAID

    def _enter_pin(self, visit: KioskVisit, value: str) -> ScreenEvent:
        card = visit.card
        if card is None:
            raise ResidentFault("no_card", "no card is on the reader")
        match self.reader.lay(card).verify_pin(value):
            case PinAnswer.RIGHT:
                visit.pin_was_wrong = False
                return self._open(visit, ScreenEvent.PIN_RIGHT)
            case PinAnswer.WRONG:
                visit.pin_was_wrong = True
                return ScreenEvent.PIN_WRONG
            case PinAnswer.LOCKED:
                return ScreenEvent.PIN_LOCKED

    def _open(self, visit: KioskVisit, event: ScreenEvent) -> ScreenEvent:
        if visit.card is None:
            raise ResidentFault("no_card", "no card is on the reader")
        laid = self.reader.lay(visit.card)
        try:
            visit.session_id = self.center.open_session_for(laid, self.kiosk_id, self.municipality_code).session_id
        except PeerFault as error:
            return self._trouble(visit, error)
        return event

    def _lay_again(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        if not may_lay_again(visit.trouble):
            raise ResidentFault("not_on_this_screen", "no card mends what is in the way")
        visit.trouble = ""
        visit.pin_was_wrong = False
        return ScreenEvent.AGAIN

    def _take_off(self, visit: KioskVisit) -> None:
        if visit.card is not None:
            self.reader.take_off(visit.card)
        visit.card = None  # off the reader: nothing of it is needed any more

    def _taken_off(self, visit: KioskVisit) -> None:
        """Believe the touch only where the reader is empty. Raises `ResidentFault`: the same screen, the same voice."""
        if visit.card is not None:
            self.reader.take_off(visit.card)
            if self.reader.lies(visit.card):
                raise ResidentFault("card_still_there", "the card still lies on the reader")
        visit.card = None

    def _take_left_card(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        self._taken_off(visit)
        return ScreenEvent.CARD_TAKEN

    def _take_card(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        self._taken_off(visit)
        try:
            visit.menu = self.center.menu(self.municipality_code)
        except PeerFault as error:
            return self._trouble(visit, error)
        if not (offer := offer_of(visit.menu)).open:
            visit.trouble = offer.trouble
            return ScreenEvent.FAILED
        return ScreenEvent.CARD_TAKEN

    def _choose_kind(self, visit: KioskVisit, value: str) -> ScreenEvent:
        kinds = visit.menu.kinds if visit.menu is not None else ()
        chosen = next((kind for kind in kinds if kind.kind == value), None)
        if chosen is None:
            raise ResidentFault("not_offered", "this certificate is not on the menu")
        visit.kind = chosen
        return ScreenEvent.CHOSEN

    def _choose_year(self, visit: KioskVisit, value: str) -> ScreenEvent:
        years = visit.kind.years if visit.kind is not None else ()
        if value not in {str(year.fiscal_year) for year in years}:
            raise ResidentFault("not_offered", "this year is not on the menu")
        visit.fiscal_year = int(value)
        visit.plate = ""
        named = visit.kind is not None and visit.kind.kind is CertificateKind.VEHICLE_INSPECTION
        return ScreenEvent.VEHICLE_TO_NAME if named else ScreenEvent.CHOSEN

    def _name_plate(self, visit: KioskVisit, value: str) -> ScreenEvent:
        visit.plate = read_plate(value)
        return ScreenEvent.CHOSEN

    def _choose_copies(self, visit: KioskVisit, value: str) -> ScreenEvent:
        visit.copies = _number(value, 1, self.copies_max(visit))
        return ScreenEvent.CHOSEN

    def _request(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        if visit.kind is None:
            raise ResidentFault("not_offered", "no certificate was chosen")
        visit.request_id = secrets.token_hex(16)
        question = SessionRequest(
            request_id=visit.request_id,
            kind=visit.kind.kind,
            fiscal_year=visit.fiscal_year,
            copies=visit.copies,
            plate_number=visit.plate or None,
        )
        try:
            answer = self.center.request(visit.session_id, question)
        except PeerFault as error:
            return self._trouble(visit, error)
        visit.reference = shown_reference(answer.reference or "")
        if isinstance(answer, CenterRefused):
            visit.refusal = answer
            return ScreenEvent.REFUSED
        visit.answer = answer
        visit.job = Job(tuple(document.pages for document in answer.documents), answer.fee_per_copy)
        visit.till = Till(visit.fee)
        return ScreenEvent.ISSUED

    def copies_max(self, visit: KioskVisit) -> int:
        """How many copies can be chosen: what the ward allows, and what the paper in the tray is enough for."""
        allowed = visit.menu.max_copies if visit.menu is not None else 1
        return max(1, min(allowed, self.machine.note.sheets))

    def _insert(self, visit: KioskVisit, value: str) -> ScreenEvent:
        till = _till(visit)
        if not value.isascii() or not value.isdigit():
            raise ResidentFault("money_not_taken", "this is no coin and no note")
        return self._paid(visit, till.insert(int(value)))

    def _charge(self, visit: KioskVisit, value: str) -> ScreenEvent:
        if value not in EMONEY_BALANCES:
            raise ResidentFault("not_offered", "there is no such e-money")
        return self._paid(visit, _till(visit).charge(EMONEY_BALANCES[value]))

    def _print_free(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        if not _till(visit).paid:
            raise ResidentFault("not_paid", "the fee is not paid")
        return self._paid(visit, _till(visit))

    def _paid(self, visit: KioskVisit, till: Till) -> ScreenEvent:
        """Note what the till says; with the last yen the job is written down before the printer begins."""
        visit.till = till
        if not till.paid:
            return ScreenEvent.MONEY_IN
        what = visit.answer.title if visit.answer is not None else ""
        visit.receipt = Receipt(what, visit.copies, till, datetime.now(UTC))
        self.journal.begin(Underway(visit.session_id, visit.request_id, till.fee, datetime.now(UTC)))
        return ScreenEvent.PAID

    def _stick(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        """Money is stuck: nothing is printed, the sum inside is named to the resident and becomes a case.

        The ward takes money that stays after a cancelled request for what it is: something to be looked into.
        """
        till = visit.till = _till(visit).stick(STUCK_YEN)
        visit.receipt = Receipt("", visit.copies, till, datetime.now(UTC))
        self._report(visit, PrintOutcome.CANCELLED, copies=0, fee=till.inserted)
        visit.drop_paper()
        return ScreenEvent.MONEY_STUCK

    def _print(self, visit: KioskVisit) -> None:
        """Let the printer do the job; report how it ended; show it. Runs beside the screen."""
        answer, job = visit.answer, visit.job
        if answer is None or job is None:
            raise OurFault("nothing_to_print", "the printing began without a certificate")

        def progress(page: int) -> None:
            visit.page = page

        try:
            ended = self.printer.print(answer.documents, job, visit.fault, progress)
        except Exception as error:  # noqa: BLE001 - whatever the printer's program does, the resident gets an answer
            log.error("kiosk.printer", error=type(error).__name__)  # noqa: TRY400 - a traceback could carry data
            ended = Ended(0, PrintFailure.POWER_CUT)
        del answer
        with visit.lock:
            self._printed(visit, job, ended)
        if visit.answer is None:
            let_go()

    def _printed(self, visit: KioskVisit, job: Job, ended: Ended) -> None:
        self.machine.count(ended)
        kept = fee_kept(job, ended)
        self._report(visit, outcome_of(ended), copies=ended.copies, fee=kept)
        visit.ended = ended
        if visit.receipt is not None and kept < visit.receipt.till.fee:
            visit.receipt = replace(visit.receipt, returned=visit.receipt.till.fee - kept)
        well = ended.problem is PrintFailure.NONE
        if not well or not self.printer.shows_paper:
            visit.drop_paper()
        visit.move(ScreenEvent.PRINTED if well else ScreenEvent.PRINT_FAILED, self.clock())

    def _take_paper(self, visit: KioskVisit, _value: str) -> ScreenEvent:
        self._end_session(visit)
        return ScreenEvent.PAPER_TAKEN

    def _leave(self, visit: KioskVisit, event: ScreenEvent, now: float) -> None:
        """Go to the end. A certificate made and not paid for is reported; past the printing it is reported already."""
        after(visit.screen, event, card_lies=visit.card is not None)  # a touch of another screen ends nothing
        if visit.screen is Screen.PAY and visit.answer is not None:
            visit.returned = visit.till.inserted if visit.till is not None else 0
            self._report(visit, PrintOutcome.CANCELLED, copies=0, fee=0)
        visit.drop_paper()
        self._end_session(visit)
        visit.move(event, now)

    def _end_session(self, visit: KioskVisit) -> None:
        if not visit.session_id:
            return
        try:
            self.center.end_session(visit.session_id)
        except PeerFault as error:
            log.warning("kiosk.session_not_ended", code=error.code)  # the centre ends it when its time is over

    def _report(self, visit: KioskVisit, outcome: PrintOutcome, *, copies: int, fee: int) -> None:
        """Tell the centre how it ended. What it could not be told is kept and told again, as it was."""
        result = SessionPrintResult(
            request_id=visit.request_id,
            outcome=outcome,
            copies_printed=copies,
            fee_paid=fee,
            occurred_at=datetime.now(UTC),
        )
        try:
            self.center.report(visit.session_id, result)
        except PeerFault as error:
            # where nothing else comes the centre reports `unknown` to the ward when the session ends
            log.warning("kiosk.report_failed", code=error.code)
            self.journal.conclude(visit.session_id, result)
        else:
            self.journal.end(visit.request_id)

    def _trouble(self, visit: KioskVisit, error: KofuError) -> ScreenEvent:
        log.warning("kiosk.trouble", code=error.code)
        visit.trouble = error.code
        if visit.card is not None and trouble_of(error.code) is Trouble.REMOVED and not self.reader.lies(visit.card):
            self._take_off(visit)
        return ScreenEvent.FAILED


def _till(visit: KioskVisit) -> Till:
    if visit.till is None:
        raise ResidentFault("nothing_to_pay", "no certificate is waiting for its fee")
    return visit.till


def _number(text: str, low: int, high: int) -> int:
    """Read a number the page offered. Raises `ResidentFault` for anything else."""
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ResidentFault("not_offered", "this was not offered")
    return int(text)
