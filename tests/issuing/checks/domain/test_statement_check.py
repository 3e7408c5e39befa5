"""The centre's month and the ward's journal, compared by request: every yen and every sheet has its place."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kofu.issuing.checks.domain.statement_check import (
    NOTHING,
    Amounts,
    CenterEntry,
    StatementFinding,
    WardReport,
    WardRequest,
    compare,
)

ONE = Amounts(copies=1, sheets=1, yen=200)


def entry(request_id="a", outcome="printed", amounts=ONE, fee=200):
    return CenterEntry(request_id=request_id, outcome=outcome, amounts=amounts, fee_per_copy=fee)


def request(*reports, fee=200, number="N1"):
    return WardRequest(
        numbers=(number,),
        fee_per_copy=fee,
        reports=tuple(
            WardReport(outcome=outcome, amounts=amounts, in_month=in_month) for outcome, amounts, in_month in reports
        ),
    )


def printed(amounts=ONE, *, in_month=True):
    return ("printed", amounts, in_month)


def findings(entries, requests):
    return [(found.finding, found.request_id, found.amounts) for found in compare(entries, requests).differences]


def test_what_both_sides_know_agrees():
    done = compare([entry()], {"a": request(printed())})
    assert (done.agrees, done.center, done.ward) == (True, ONE, ONE)


def test_a_jam_and_the_reprint_after_it_are_two_requests_and_one_fee():
    failed = Amounts()
    done = compare(
        [entry("jam", "failed", failed), entry("again")],
        {"jam": request(("failed", failed, True)), "again": request(printed())},
    )
    assert (done.agrees, done.center) == (True, ONE)


def test_an_unknown_result_is_listed_and_no_difference():
    done = compare([entry(outcome="unknown", amounts=NOTHING)], {"a": request(("unknown", NOTHING, True))})
    assert (done.agrees, done.unknown) == (True, (("a", ("N1",)),))


def test_an_unknown_result_the_ward_noticed_by_itself_needs_no_report():
    done = compare([entry(outcome="unknown", amounts=NOTHING)], {"a": request()})
    assert (done.agrees, done.unknown) == (True, (("a", ("N1",)),))


def test_an_unknown_that_became_printed_in_the_same_month_counts_once():
    both = [entry(outcome="unknown", amounts=NOTHING), entry()]
    done = compare(both, {"a": request(("unknown", NOTHING, True), printed())})
    assert (done.agrees, done.center, done.ward, done.unknown) == (True, ONE, ONE, ())


def test_a_refund_is_told_apart_and_takes_nothing_from_the_count():
    refund = entry(outcome="refund", amounts=Amounts(yen=-200))
    done = compare([entry(), refund], {"a": request(printed())})
    assert (done.agrees, done.center, done.refunded) == (True, ONE, 200)


def test_each_kind_of_difference_has_its_name_its_request_and_its_amount():
    more = Amounts(copies=2, sheets=2, yen=400)
    back = Amounts(copies=-1, sheets=-1, yen=-200)
    assert findings([entry("x")], {}) == [(StatementFinding.NOT_KNOWN_HERE, "x", ONE)]
    assert findings([entry()], {"a": request()}) == [(StatementFinding.NOT_REPORTED_HERE, "a", ONE)]
    cancelled = request(("cancelled", NOTHING, True))
    assert findings([entry()], {"a": cancelled}) == [
        (StatementFinding.OTHER_OUTCOME_HERE, "a", ONE),
        (StatementFinding.NOT_IN_STATEMENT, "a", NOTHING),
    ]
    assert findings([entry(amounts=more)], {"a": request(printed())}) == [(StatementFinding.AMOUNTS_DIFFER, "a", ONE)]
    assert findings([entry(fee=300)], {"a": request(printed())}) == [(StatementFinding.FEE_DIFFERS, "a", NOTHING)]
    assert findings([], {"a": request(printed())}) == [(StatementFinding.NOT_IN_STATEMENT, "a", back)]
    assert findings([entry(), entry()], {"a": request(printed())}) == [(StatementFinding.COUNTED_TWICE, "a", ONE)]
    too_much = entry(outcome="refund", amounts=Amounts(yen=-300))
    assert findings([entry(), too_much], {"a": request(printed())}) == [
        (StatementFinding.REFUND_OF_NOTHING, "a", NOTHING)
    ]


def test_a_result_of_the_ward_in_another_month_is_a_difference_of_this_one():
    assert findings([entry()], {"a": request(printed(in_month=False))}) == [(StatementFinding.AMOUNTS_DIFFER, "a", ONE)]


AMOUNTS = st.builds(Amounts, copies=st.integers(0, 3), sheets=st.integers(0, 6), yen=st.integers(0, 900))
REQUEST_IDS = st.sampled_from("abcd")
OUTCOMES = st.sampled_from(["printed", "failed", "cancelled", "unknown"])


@settings(max_examples=200, deadline=None)
@given(
    entries=st.lists(st.builds(entry, REQUEST_IDS, OUTCOMES, AMOUNTS, st.sampled_from([200, 300])), max_size=6),
    requests=st.dictionaries(
        REQUEST_IDS,
        st.lists(st.tuples(OUTCOMES, AMOUNTS, st.booleans()), max_size=2, unique_by=lambda report: report[0]).map(
            lambda reports: request(*reports)
        ),
        max_size=4,
    ),
)
def test_whatever_came_the_sums_and_the_differences_add_up(entries, requests):
    """Unknown results carry nothing at either end."""
    entries = [one if one.outcome != "unknown" else entry(one.request_id, "unknown", NOTHING) for one in entries]
    nothing = {"unknown": NOTHING}
    requests = {
        request_id: request(
            *(
                (report.outcome, nothing.get(report.outcome, report.amounts), report.in_month)
                for report in known.reports
            )
        )
        for request_id, known in requests.items()
    }
    done = compare(entries, requests)
    apart = sum((difference.amounts for difference in done.differences), NOTHING)
    assert done.center == done.ward + apart
