"""The screens of a visit, as one table of (screen, event) → screen.

The order is the seed's: the card is taken off before any certificate screen opens (個人番号カードの取り忘れ防止); the
refusal comes before paying; after the paper, or after giving up, everything is erased. `CANCEL` and `TIMEOUT` lead to
`ERASED` from every screen of a visit, so there is no way out that keeps something. Only printing waits for the printer,
a paper in the tray and a card on the reader for somebody who takes them: the data go when the time is over, the warning
stays. No visit ends past a card: `after` leads every way to an end through `LEFT_CARD` while one lies on the reader.
"""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import ResidentFault
from kofu.core.life_cycle import LifeCycle


class Screen(StrEnum):
    """What the resident sees."""

    WELCOME = "welcome"
    CARDS = "cards"  # lay the card on the reader
    PIN = "pin"
    LOCKED = "locked"
    TAKE_CARD = "take_card"
    LEFT_CARD = "left_card"  # the visit is over, the card still lies on the reader
    KIND = "kind"
    YEAR = "year"
    PLATE = "plate"  # 標識番号: for 継続検査用 only
    COPIES = "copies"
    CONFIRM = "confirm"
    REFUSED = "refused"
    PAY = "pay"
    STUCK = "stuck"  # the money is stuck in the machine
    PRINTING = "printing"
    PAPER = "paper"  # take your paper
    LEFT_PAPER = "left_paper"  # nobody took it
    PRINT_FAILED = "print_failed"
    TROUBLE = "trouble"  # centre dead, closed, unknown municipality …
    ERASED = "erased"


class ScreenEvent(StrEnum):
    """What happens: a touch, an answer, a clock."""

    START = "start"
    CARD_LAID = "card_laid"
    CARD_WITHOUT_PIN_LAID = "card_without_pin_laid"
    PIN_RIGHT = "pin_right"
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    CARD_TAKEN = "card_taken"
    CHOSEN = "chosen"
    VEHICLE_TO_NAME = "vehicle_to_name"
    ISSUED = "issued"
    REFUSED = "refused"
    MONEY_IN = "money_in"  # not enough yet
    MONEY_STUCK = "money_stuck"
    PAID = "paid"
    PRINTED = "printed"
    PRINT_FAILED = "print_failed"
    PAPER_TAKEN = "paper_taken"
    FAILED = "failed"  # the centre cannot help
    NO_CARD = "no_card"  # the reader is empty
    AGAIN = "again"  # the card is laid once more
    BACK = "back"
    CANCEL = "cancel"
    TIMEOUT = "timeout"


_S, _E = Screen, ScreenEvent
_WAY: dict[tuple[Screen, ScreenEvent], Screen] = {
    (_S.WELCOME, _E.START): _S.CARDS,
    (_S.CARDS, _E.CARD_LAID): _S.PIN,
    (_S.CARDS, _E.CARD_WITHOUT_PIN_LAID): _S.TAKE_CARD,
    (_S.CARDS, _E.PIN_LOCKED): _S.LOCKED,
    (_S.CARDS, _E.NO_CARD): _S.CARDS,
    (_S.PIN, _E.PIN_RIGHT): _S.TAKE_CARD,
    (_S.PIN, _E.PIN_WRONG): _S.PIN,
    (_S.PIN, _E.PIN_LOCKED): _S.LOCKED,
    (_S.PIN, _E.BACK): _S.CARDS,
    (_S.TAKE_CARD, _E.CARD_TAKEN): _S.KIND,
    (_S.LEFT_CARD, _E.CARD_TAKEN): _S.ERASED,
    (_S.KIND, _E.CHOSEN): _S.YEAR,
    (_S.YEAR, _E.CHOSEN): _S.COPIES,
    (_S.YEAR, _E.BACK): _S.KIND,
    (_S.YEAR, _E.VEHICLE_TO_NAME): _S.PLATE,
    (_S.PLATE, _E.CHOSEN): _S.COPIES,
    (_S.PLATE, _E.BACK): _S.YEAR,
    (_S.COPIES, _E.CHOSEN): _S.CONFIRM,
    (_S.COPIES, _E.BACK): _S.YEAR,
    (_S.CONFIRM, _E.ISSUED): _S.PAY,
    (_S.CONFIRM, _E.REFUSED): _S.REFUSED,
    (_S.CONFIRM, _E.BACK): _S.COPIES,
    (_S.REFUSED, _E.BACK): _S.KIND,
    (_S.PAY, _E.MONEY_IN): _S.PAY,
    (_S.PAY, _E.MONEY_STUCK): _S.STUCK,
    (_S.PAY, _E.PAID): _S.PRINTING,
    (_S.PRINTING, _E.PRINTED): _S.PAPER,
    (_S.PRINTING, _E.PRINT_FAILED): _S.PRINT_FAILED,
    (_S.TROUBLE, _E.AGAIN): _S.CARDS,
    (_S.PAPER, _E.PAPER_TAKEN): _S.ERASED,
    (_S.PAPER, _E.TIMEOUT): _S.LEFT_PAPER,
    (_S.LEFT_PAPER, _E.PAPER_TAKEN): _S.ERASED,
}
#: Screens that ask the centre something: it may fail.
_ASKING = (_S.CARDS, _S.PIN, _S.TAKE_CARD, _S.CONFIRM)
#: Once paid, the printer decides, not the resident; a paper in the tray and a card have to be taken before it ends.
_NO_WAY_OUT = (_S.PRINTING, _S.PAPER, _S.LEFT_PAPER, _S.LEFT_CARD)
#: Where a visit is over.
ENDS = (_S.WELCOME, _S.ERASED)

VISIT_LIFE = LifeCycle(
    title="キオスクの画面",
    thing="a visit",
    reason="not_on_this_screen",
    states=Screen,
    events=ScreenEvent,
    begins=frozenset({_S.WELCOME}),
    ends=frozenset(ENDS),
    table={
        **_WAY,
        **{(screen, _E.FAILED): _S.TROUBLE for screen in _ASKING},
        **{
            (screen, event): _S.ERASED
            for screen in Screen
            for event in (_E.CANCEL, _E.TIMEOUT)
            if screen not in {_S.WELCOME, _S.ERASED, *_NO_WAY_OUT}
        },
        (_S.ERASED, _E.START): _S.CARDS,
        (_S.ERASED, _E.TIMEOUT): _S.WELCOME,
    },
    fault=ResidentFault,
)

#: How long each screen waits, in seconds, before everything is erased. 0: it waits for nobody.
SECONDS: dict[Screen, int] = {
    Screen.WELCOME: 0,
    Screen.CARDS: 90,
    Screen.PIN: 60,
    Screen.LOCKED: 30,
    Screen.TAKE_CARD: 60,
    Screen.LEFT_CARD: 0,
    Screen.KIND: 90,
    Screen.YEAR: 90,
    Screen.PLATE: 120,
    Screen.COPIES: 90,
    Screen.CONFIRM: 90,
    Screen.REFUSED: 60,
    Screen.PAY: 120,
    Screen.STUCK: 90,
    Screen.PRINTING: 0,
    Screen.PAPER: 120,
    Screen.LEFT_PAPER: 0,
    Screen.PRINT_FAILED: 60,
    Screen.TROUBLE: 45,
    Screen.ERASED: 20,
}


def after(screen: Screen, event: ScreenEvent, *, card_lies: bool) -> Screen:
    """Give the next screen: an end is reached only once no card lies on the reader any more.

    Raises `ResidentFault` for a touch that belongs to another screen (a stale page).
    """
    following = VISIT_LIFE.after(screen, event)
    return Screen.LEFT_CARD if card_lies and following in ENDS else following
