"""One resident's visit: what the kiosk knows between welcome and erasure. Memory only, each under its own cookie.

Everything about the certificate stands in `answer`; `erase` drops it together with the card, the session and the
choices. There is no file, no cache and no log of it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from kofu.contracts.center import CenterIssued, CenterRefused
from kofu.contracts.issuing import Menu, MenuKind, MenuYear
from kofu.kiosk.cards import Card
from kofu.kiosk.domain.printing import Ended, Job
from kofu.kiosk.domain.screens import ENDS, SECONDS, Screen, ScreenEvent, after
from kofu.kiosk.domain.till import Till
from kofu.kiosk.printing import PrinterFault

FIRST = "ja"
VISITS_MAX = 16
IDLE_SECONDS_MAX = 600.0
#: Past a screen's time the browser leaves by itself; a browser that does not is left after this much more.
GRACE_SECONDS = 5.0
#: How often a resident may ask for more time (WCAG 2.2.1 wants ten at least).
MORE_TIME_MAX = 10


#: Screens on which the machine waits for no clock: the printer ends them, or somebody who takes paper or card.
UNTIMED = (Screen.WELCOME, Screen.PRINTING, Screen.LEFT_PAPER, Screen.LEFT_CARD)
#: A visit on one of these is not thrown away, however long nobody touches it.
KEPT_SCREENS = (Screen.PRINTING, Screen.LEFT_PAPER, Screen.LEFT_CARD)


@dataclass(frozen=True, slots=True)
class Receipt:
    """領収証: what was paid for and what came back (yen). It names no person."""

    what: str
    copies: int
    till: Till
    at: datetime
    returned: int = 0


@dataclass(slots=True)
class KioskVisit:
    """State of a visit. `token` guards its forms; `fault` is the demo's choice of what the printer does wrong.

    `returned` is money the machine gave back, still named on the last screen; `large`, `contrast`, `reach` (controls in
    the lower half) and `by_voice` (read out, used by the numeric keypad) are how the screens are to this resident.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    language: str = FIRST
    screen: Screen = Screen.WELCOME
    entered_at: float = 0.0
    card: Card | None = None
    session_id: str = ""
    menu: Menu | None = None
    kind: MenuKind | None = None
    fiscal_year: int = 0
    plate: str = ""
    copies: int = 0
    request_id: str = ""
    reference: str = ""
    answer: CenterIssued | None = None
    refusal: CenterRefused | None = None
    trouble: str = ""
    pin_was_wrong: bool = False
    card_missing: bool = False
    till: Till | None = None
    job: Job | None = None
    page: int = 0
    ended: Ended | None = None
    receipt: Receipt | None = None
    returned: int = 0
    more_time_asked: int = 0
    fault: PrinterFault = field(default_factory=PrinterFault)
    large: bool = False
    contrast: bool = False
    reach: bool = False
    by_voice: bool = False
    lock: RLock = field(default_factory=RLock)

    def move(self, event: ScreenEvent, now: float) -> None:
        """Go to the screen that follows; erase where that is the end."""
        left, self.screen = self.screen, after(self.screen, event, card_lies=self.card is not None)
        self.entered_at = now
        if self.screen in ENDS:
            self.erase()
        elif self.screen is Screen.LEFT_CARD:  # all goes but which card it is that has to be taken
            card = self.card
            self.erase()
            self.card = card
        if left is Screen.ERASED:
            self.returned = 0
        if self.screen is Screen.WELCOME:  # the next resident finds the screens as they are for everybody
            self.language, self.large, self.contrast, self.reach, self.by_voice = FIRST, False, False, False, False

    def erase(self) -> None:
        """Forget the person, the choices and the certificate."""
        self.card = self.menu = self.kind = self.answer = self.refusal = None
        self.till = self.job = self.ended = self.receipt = None
        self.session_id = self.request_id = self.reference = self.trouble = self.plate = ""
        self.fiscal_year = self.copies = self.page = self.more_time_asked = 0
        self.pin_was_wrong = self.card_missing = False
        self.fault = PrinterFault()

    def drop_paper(self) -> None:
        """Forget the certificate while the screen still says how it ended."""
        self.answer = None

    def forget_choice(self) -> None:
        """Forget what was asked for and answered, so that another certificate can be chosen."""
        self.kind = self.answer = self.refusal = self.till = None
        self.request_id = self.reference = self.plate = ""
        self.fiscal_year = self.copies = 0

    def give_more_time(self, now: float) -> None:
        """Let the screen's time begin again, as often as `MORE_TIME_MAX` allows."""
        if self.may_ask_for_time:
            self.more_time_asked += 1
            self.entered_at = now

    def overdue(self, now: float) -> bool:
        """Whether the screen's time is over and its browser has not said so."""
        allowed = SECONDS[self.screen] or (0 if self.screen in UNTIMED else IDLE_SECONDS_MAX)
        return allowed > 0 and now - self.entered_at > allowed + GRACE_SECONDS

    def seconds_left(self, now: float) -> int:
        """Give the seconds until the screen times out; 0 where it does not."""
        allowed = SECONDS[self.screen]
        return max(1, int(allowed - (now - self.entered_at))) if allowed else 0

    @property
    def kept(self) -> bool:
        """Whether the visit is not thrown away to make room: the machine is in the middle of it, or has its money."""
        money = self.receipt is not None or (self.till is not None and self.till.inserted > 0)
        return money or self.screen in KEPT_SCREENS

    @property
    def may_ask_for_time(self) -> bool:
        """Whether the screen's time may begin again. A paper that was not taken waits no longer than it must."""
        waits = SECONDS[self.screen] > 0 and self.screen not in {Screen.PAPER, Screen.ERASED}
        return waits and self.more_time_asked < MORE_TIME_MAX

    @property
    def fee(self) -> int:
        """Whole fee, yen."""
        if self.answer is not None:
            return self.answer.fee_per_copy * len(self.answer.documents)
        return self.kind.fee * self.copies if self.kind is not None else 0

    @property
    def year(self) -> MenuYear | None:
        """The chosen year as the ward offers it."""
        years = self.kind.years if self.kind is not None else ()
        return next((year for year in years if year.fiscal_year == self.fiscal_year), None)

    @property
    def year_label(self) -> str:
        """Label of the chosen year as the ward gave it: screen and paper say the same."""
        return self.year.label if self.year is not None else ""

    @property
    def income_label(self) -> str:
        """Label of the year whose income the chosen certificate states; "" where it states none."""
        return self.year.income_label if self.year is not None else ""


class Visits:
    """All visits of this kiosk, by a random cookie. Bounded; those nobody touches are erased."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Use `clock` for seconds that only go on."""
        self._clock = clock
        self._visits: dict[str, KioskVisit] = {}
        self._lock = RLock()

    def find(self, cookie: str) -> KioskVisit | None:
        """Give the visit of the cookie, or None."""
        with self._lock:
            return self._visits.get(cookie)

    def begin(self) -> tuple[str, KioskVisit]:
        """Begin a visit under a new random cookie; the longest idle one makes room where there are too many.

        One that is kept, or that somebody is touching just now, never does. Where all are such, the new visit is shown
        its first screen and not remembered: its next touch begins again, until one of the others has come to its end.
        """
        with self._lock:
            self.sweep()
            cookie, visit = secrets.token_urlsafe(24), KioskVisit(entered_at=self._clock())
            oldest_first = sorted(self._visits, key=lambda known: self._visits[known].entered_at)
            if len(self._visits) < VISITS_MAX or any(self._drop(known) for known in oldest_first):
                self._visits[cookie] = visit
            return cookie, visit

    def _drop(self, cookie: str) -> bool:
        """Erase and drop a visit unless it is kept. Whether it is gone.

        A touch holds the visit's lock, and may be what pays: nobody waits for it here. One that comes after finds the
        first screen, not the one it was made for, and does nothing.
        """
        visit = self._visits[cookie]
        if not visit.lock.acquire(blocking=False):
            return False
        try:
            if visit.kept:
                return False
            del self._visits[cookie]
            visit.erase()
            visit.screen = Screen.WELCOME
        finally:
            visit.lock.release()
        return True

    def overdue(self) -> list[KioskVisit]:
        """List the visits whose browser has left them."""
        with self._lock:
            now = self._clock()
            return [visit for visit in self._visits.values() if visit.overdue(now)]

    def underway(self) -> int:
        """Count the visits somebody is in the middle of."""
        with self._lock:
            return sum(visit.screen not in ENDS for visit in self._visits.values())

    def sweep(self) -> None:
        """Erase and drop the visits that were left."""
        with self._lock:
            now = self._clock()
            idle = [cookie for cookie, visit in self._visits.items() if now - visit.entered_at > IDLE_SECONDS_MAX]
            for cookie in idle:
                self._drop(cookie)

    def now(self) -> float:
        """Seconds of the clock."""
        return self._clock()
