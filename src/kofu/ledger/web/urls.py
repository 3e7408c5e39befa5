"""Addresses of the staff screens of `ledger`: Django's root, and the list of its topics."""

from __future__ import annotations

from kofu.evidence.web import urls as evidence
from kofu.ledger.addressees.web import urls as addressees
from kofu.ledger.arrears.web import urls as arrears
from kofu.ledger.assessments.web import urls as assessments
from kofu.ledger.counter.web import urls as certificates
from kofu.ledger.debit.web import urls as debit
from kofu.ledger.deliveries.web import urls as deliveries
from kofu.ledger.figures.web import urls as report
from kofu.ledger.glyphs.web import urls as glyphs
from kofu.ledger.holds.web import urls as issuance
from kofu.ledger.nights.web import urls as night
from kofu.ledger.openings.web import urls as openings
from kofu.ledger.overpayments.web import payee_urls as payees
from kofu.ledger.overpayments.web import urls as refund
from kofu.ledger.payments.web import urls as payments
from kofu.ledger.person.web import urls as person
from kofu.ledger.rates.web import urls as rates
from kofu.ledger.recipients.web import urls as representatives
from kofu.ledger.sent_files.web import urls as answers
from kofu.ledger.web.home import urls as home
from kofu.staff.urls import staff_urls

#: Every topic with screens; a test looks for any that is missing.
topics = (
    addressees,
    arrears,
    assessments,
    certificates,
    debit,
    deliveries,
    evidence,
    report,
    glyphs,
    issuance,
    night,
    openings,
    payees,
    refund,
    payments,
    person,
    rates,
    representatives,
    answers,
    home,
)
urlpatterns = staff_urls(topics)
