"""Django's face of the ledger: the tables stand with their features, here Django finds them all.

Amounts are yen; money facts are append-only, by right and by trigger (P12).
"""

from __future__ import annotations

from kofu.ledger.addressees import tables as addressees
from kofu.ledger.arrears import tables as arrears
from kofu.ledger.assessments import tables as assessments
from kofu.ledger.banks import tables as banks
from kofu.ledger.books import tables as books
from kofu.ledger.counter import tables as counter
from kofu.ledger.debit import tables as debit
from kofu.ledger.deliveries import tables as deliveries
from kofu.ledger.feed import held_night_tables as feed_held_night
from kofu.ledger.feed import tables as feed
from kofu.ledger.figures import tables as figures
from kofu.ledger.glyphs import tables as glyphs
from kofu.ledger.holds import tables as holds
from kofu.ledger.letters import tables as letters
from kofu.ledger.overpayments import tables as overpayments
from kofu.ledger.payments import tables as payments
from kofu.ledger.people import tables as people
from kofu.ledger.rates import tables as rates
from kofu.ledger.recipients import tables as recipients
from kofu.ledger.sent_files import tables as sent_files
from kofu.ledger.slips import tables as slips

#: The modules with tables. That they are imported is what matters: so Django knows every model.
TABLES = (
    addressees,
    arrears,
    assessments,
    banks,
    books,
    counter,
    debit,
    deliveries,
    feed_held_night,
    feed,
    figures,
    glyphs,
    holds,
    letters,
    overpayments,
    payments,
    people,
    rates,
    recipients,
    sent_files,
    slips,
)
