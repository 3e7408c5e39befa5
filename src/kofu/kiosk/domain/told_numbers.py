"""The short number under a refusal: what a resident tells the office, in place of a word of the program.

A number stays with its reason for ever, and is given to no other: offices write them down. Hundreds say whose matter it
is: 1 the ward's, 2 the card's, 3 the line's and the centre's, 4 that nothing is offered now. The table is in
`docs/how-to/use-the-kiosk.md`, for who is told one.
"""

from __future__ import annotations

OTHER = 999
"""Of what has no number of its own: the kiosk's log has its code at that time."""

NUMBERS: dict[str, int] = {
    "please_ask_at_counter": 101,
    "undeclared": 102,
    "dependent_undeclared": 103,
    "no_assessment": 104,
    "no_taxing_right": 105,
    "nontaxable_year": 106,
    "payment_record_missing": 107,
    "unpaid": 108,
    "under_age": 109,
    "age_unknown": 110,
    "year_not_published": 111,
    "year_beyond_law": 112,
    "year_not_offered": 113,
    "plate_missing": 114,
    "vehicle_unknown": 115,
    "vehicle_not_inspected": 116,
    "vehicle_arrears": 117,
    "too_many_copies": 118,
    "data_not_current": 119,
    "undrawable": 120,
    "text_overflow": 121,
    "not_certifiable": 122,
    "temporarily_unavailable": 123,
    "too_late": 124,
    "deadline_refused": 125,
    "already_reported": 126,
    "card_not_valid": 201,
    "card_unknown": 202,
    "certificate_revoked": 203,
    "certificate_expired": 204,
    "signature_wrong": 205,
    "card_removed": 206,
    "card_fault": 207,
    "no_card_reader": 208,
    "center_unreachable": 301,
    "center_timeout": 302,
    "session_over": 303,
    "too_many_sessions": 304,
    "unknown_municipality": 305,
    "validity_unproven": 306,
    "closed": 401,
    "issuance_halted": 402,
    "kind_not_offered": 403,
    "kind_stopped": 404,
    "center_closed": 405,
    "center_stopped": 406,
    "municipality_stopped": 407,
}


def told_number(code: str) -> int:
    """Give the number a resident is shown for a code."""
    return NUMBERS.get(code, OTHER)
