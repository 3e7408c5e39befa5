"""Django settings of `kofu.ledger`: its own database, its own credentials."""

from __future__ import annotations

from kofu.platform.django_settings import settings_for

globals().update(settings_for("ledger", screens=True))

#: Addresses of screens carry a number of their own, never a 宛名番号.
KOFU_PERSON_OF = "kofu.ledger.web.person.read.addressee_of"
