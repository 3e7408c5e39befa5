"""Columns that hold the words of a life cycle hold no others: the database says so, not only the program."""

from django.db import migrations, models

WORDS = [
    ("batch", "state", "batch_state_words",
     "open received checked held accepted posted rejected"),
    ("advisedpayment", "state", "advised_payment_state_words",
     "none advised cancelled confirmed"),
    ("paymentcorrection", "state", "payment_correction_state_words",
     "proposed approved declined"),
    ("receiptcase", "state", "receipt_case_state_words",
     "open proposed decided"),
    ("accountingdecision", "state", "accounting_decision_state_words",
     "proposed approved declined"),
    ("receivedfile", "state", "received_file_state_words",
     "held checked posted rejected"),
    ("refundcase", "state", "refund_case_state_words",
     "proposed sent_back approved notified claimed paid returned closed lapsed withdrawn declined revoked"),
    ("refundpayeeevent", "event", "refund_payee_event_event_words",
     "paid returned replaced"),
    ("claimdecision", "state", "claim_decision_state_words",
     "proposed approved withdrawn declined"),
    ("dunningrun", "state", "dunning_run_state_words",
     "drawn approved sent withdrawn"),
    ("addresseemergeevent", "event", "addressee_merge_event_event_words",
     "approved refused undone"),
    ("glyphevent", "event", "glyph_event_event_words",
     "approve decline propose_end withdraw keep"),
    ("counterevent", "event", "counter_event_event_words",
     "apply ask_approval approve deny refuse withdraw abort issue print hand_over void"),
    ("counterevent", "state", "counter_event_state_words",
     "applied waiting approved refused withdrawn aborted issued handed_over voided"),
    ("inheritanceevent", "state", "inheritance_event_state_words",
     "registered proposed declared designated replaced ended"),
    ("taxagentevent", "state", "tax_agent_event_state_words",
     "declared applied approved rejected replaced dismissed"),
    ("forwardingevent", "event", "forwarding_event_event_words",
     "confirm end replace"),
]


class Migration(migrations.Migration):

    dependencies = [("ledger", "0032_stated_by_extended_days")]

    operations = [
        migrations.AddConstraint(
            model,
            models.CheckConstraint(condition=models.Q(**{f"{column}__in": words.split()}), name=name),
        )
        for model, column, name, words in WORDS
    ]
