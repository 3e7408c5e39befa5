"""Django settings of `kofu.issuing`: its own database, its own credentials."""

from __future__ import annotations

from kofu.issuing.grants import GRANTS
from kofu.staff.settings import screen_settings_for

globals().update(screen_settings_for("issuing", grants=GRANTS))

#: Whom the pages of the record find.
KOFU_PEOPLE = "kofu.issuing.requests.people.PeopleOfIssuing"
