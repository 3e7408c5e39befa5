"""Least rights of the role the ledger runs under: money facts are added and read, never changed (P12)."""

from __future__ import annotations

RECEIVING_FACTS = ("batch_row", "day_statement", "day_close", "payment_slip")
RECEIVING_WORK = (
    "accounting_decision",
    "batch",
    "batch_problem",
    "advised_payment",
    "payment_correction",
    "receipt_case",
)
ARREARS_FACTS = ("dunning_letter", "arrears_event")
ARREARS_WORK = ("dunning_run", "claim_decision", "letter_batch")
FEED_WORK = (
    "feed_generation", "feed_run", "fed_assessment", "fed_collection", "issuance_hold", "issuance_hold_message",
    "hold_outbox", "held_night",
)  # fmt: skip
COUNTER_FACTS = ("counter_application", "counter_copy", "counter_event", "counter_case", "counter_finding")
REPRESENTATIVE_FACTS = (
    "inheritance", "heir", "inheritance_event", "tax_agent", "tax_agent_event", "forwarding", "forwarding_event",
    "outgoing_document", "refund_payee", "refund_payee_event",
)  # fmt: skip
DEBIT_FACTS = ("account_confirmation", "debit_mandate", "debit_mandate_end", "debit_request", "debit_request_line")
ADDRESSEE_FACTS = ("addressee_version", "addressee_merge", "addressee_merge_event")
RATE_FACTS = ("rate_year", "rate_decision", "claim_increase")
DELIVERY_FACTS = ("delivery", "delivery_batch", "delivery_bundle", "delivery_given_up", "delivery_return")
REFUND_FILE_WORK = ("refund_file", "refund_file_fault")
FEED_FACTS = ("held_night_word",)
OUTGOING_FACTS = ("outgoing_file", "outgoing_answer", "stored_file")
GLYPH_FACTS = ("glyph_registration", "glyph_person", "glyph_event", "glyph_set")
APPEND_ONLY = (
    "assessment_statement",
    "notice",
    "claim",
    "payment",
    "entry",
    "transfer",
    "refund_event",
    "collection_report",
    *ADDRESSEE_FACTS,
    *ARREARS_FACTS,
    *COUNTER_FACTS,
    *DEBIT_FACTS,
    *DELIVERY_FACTS,
    *FEED_FACTS,
    *GLYPH_FACTS,
    *RATE_FACTS,
    *OUTGOING_FACTS,
    *RECEIVING_FACTS,
    *REPRESENTATIVE_FACTS,
)
BALANCES = ("claim_balance", "payment_balance", "share")
WORK = ("taxpayer", "received_file", "refund_case", *REFUND_FILE_WORK, *ARREARS_WORK, *RECEIVING_WORK, *FEED_WORK)

#: What is out of reach (完納7年・不納欠損5年): the rules of row level security ask these; no row of anybody is in them.
REACH_VIEWS = (
    "reached_day", "claim_out_of_reach", "claim_ended", "claim_kept_open", "claim_key", "share_key", "transfer_key",
    "payment_open", "opening_standing", "collection_standing", "collection_by_month", "collection_totals_within_reach",
)  # fmt: skip
REACH_FUNCTIONS = (
    "ledger_reach_day(date)",
    "ledger_propose_opening(uuid, text, text, text, text, integer, text)",
    "ledger_approve_opening(uuid, text)",
    "ledger_close_opening(uuid, text)",
    "ledger_read_opening(uuid, text)",
)
#: A case of the counter: how many of who signed count.
COUNTER_FUNCTIONS = ("counter_case_signers(uuid)",)

#: `{app}` is the role of the running system; `platform.migrate` fills it in.
GRANTS: tuple[str, ...] = (
    *(f"GRANT SELECT, INSERT ON {table} TO {{app}}" for table in APPEND_ONLY),
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {{app}}" for table in (*BALANCES, *WORK)),
    "GRANT SELECT, INSERT, DELETE ON sealed_content TO {app}",  # erased when its time is over, never changed
    "GRANT UPDATE (pulled_at, pulled_by, pulled_why) ON dunning_letter TO {app}",
    "GRANT SELECT ON stated_assessments, stated_collections, claim_part, addressee_survivor TO {app}",
    "GRANT SELECT ON stated_collections_of_all TO {app}",
    *(f"GRANT SELECT ON {view} TO {{app}}" for view in REACH_VIEWS),
    *(f"GRANT EXECUTE ON FUNCTION {function} TO {{app}}" for function in (*REACH_FUNCTIONS, *COUNTER_FUNCTIONS)),
    "GRANT SELECT, INSERT, UPDATE ON retention_run TO {app}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}",
)
