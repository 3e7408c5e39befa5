"""Django settings of `kofu.ledger`: its own database, its own credentials."""

from __future__ import annotations

from kofu.ledger.grants import GRANTS
from kofu.staff.settings import screen_settings_for

_SCREENS = screen_settings_for("ledger", grants=GRANTS)
globals().update(_SCREENS)
MIDDLEWARE = ["kofu.ledger.web.reached_day.ReachedDay", *_SCREENS["MIDDLEWARE"]]
#: What a screen says in place of a fault where the municipality has not written its rules for the ledger.
KOFU_NOT_SET_UP = {"ledger_profile": "収納の規則"}
#: Addresses of screens carry a number of their own, never a 宛名番号.
KOFU_PERSON_OF = "kofu.ledger.screens.found.addressee_of"
#: Whom the pages of the record find.
KOFU_PEOPLE = "kofu.ledger.people.for_the_record.PeopleOfLedger"
