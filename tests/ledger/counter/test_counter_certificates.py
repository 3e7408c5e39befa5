"""Certificates at the counter on the real database and the real press: what is issued, what is not, what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.counter.counter_desk import (
    CHIEF,
    CLERK,
    DAY,
    HERE,
    NOW,
    PROFILE,
    RULES,
    applied,
    asked,
    code_of,
    issued,
    state,
)
from tests.ledger.counter_ward import WARD, nothing_stands, person

from kofu.certificates.content import compose
from kofu.certificates.domain.numbers import Series, series_of
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import LastLookMismatch, MismatchKind, PaperDifference, take_last_look
from kofu.certificates.order import Question, build_order
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress, render
from kofu.certificates.signed_code import code_signer
from kofu.certificates.signing_keys import make_signing_key
from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind as K
from kofu.ledger.counter import cases, issue, preview, steps
from kofu.ledger.counter.desk import certificate_press, desk_of, read_person_now
from kofu.ledger.counter.domain.states import CounterState
from kofu.ledger.counter.read import voided_numbers
from kofu.platform.fonts import find_font, read_font
from kofu.platform.one_moment import one_moment

pytestmark = [pytest.mark.storage, pytest.mark.font]


def test_an_application_lives_from_the_form_to_the_hand_over(connection, desk) -> None:
    """⑪–⑭: applied, looked at, issued, printed, handed over; the fee is the counter's."""
    stored = applied(connection, desk, person(connection), asked(years=(2026, 2025), copies=2))
    copies = issued(connection, desk, stored.id)
    assert [(copy.position, copy.fiscal_year, copy.fee) for copy in copies] == [
        (1, 2026, 300), (2, 2026, 300), (3, 2025, 300), (4, 2025, 300),
    ]  # fmt: skip
    assert len({copy.certificate_number for copy in copies}) == 4
    assert {series_of(copy.certificate_number) for copy in copies} == {Series.COUNTER}
    for copy in copies:
        paper = issue.print_copy(connection, desk, stored.id, copy.position, office=HERE, acting=CLERK)
        assert (paper.sha256, paper.certificate_number) == (copy.sha256, copy.certificate_number)
    assert steps.hand_over(connection, stored.id, fee_taken=1_200, office=HERE, acting=CLERK) == 1_200
    assert state(connection, stored.id) is CounterState.HANDED_OVER
    audited = connection.execute(
        "SELECT body::json->>'action' FROM audit_entry WHERE body::json->'detail'->>'application' = %s"
        " ORDER BY sequence",
        [str(stored.id)],
    ).fetchall()
    assert [action.removeprefix("counter_certificate.") for (action,) in audited] == [
        "apply", "issue", "print", "print", "print", "print", "hand_over",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [K.TAXATION, K.INCOME, K.PAYMENT])
def test_counter_and_kiosk_say_the_same_but_for_the_number(connection, desk, kind: K) -> None:
    """One implementation: the same facts give the same content, byte for byte, except the 発行番号."""
    number = person(connection)
    stored = applied(connection, desk, number, asked(kind=kind, unpaid_accepted=True))
    (copy,) = issued(connection, desk, stored.id)
    with one_moment(connection):
        facts = read_person_now(connection, WARD, number, [2026], ()).facts(2026)
    kiosk = compose(
        build_order(
            PROFILE,
            Question(kind=kind, fiscal_year=2026, copies=1, plate_number=None),
            facts,
            certificate_number=f"20261120-{WARD}-000000001",
            as_of=DAY,
            form_version=PROFILE.form_version_on(kind, DAY),
        )
    )
    counter = preview.preview(connection, desk, applied(
        connection, desk, number, asked(kind=kind, unpaid_accepted=True)).id, today=DAY).years[0].content  # fmt: skip
    assert counter is not None
    differing = {name for name in kiosk.fields if kiosk.fields[name] != counter.fields[name]}
    assert differing == {"certificate_number"}
    assert (kiosk.form, kiosk.version, kiosk.title, kiosk.pages) == (
        counter.form, counter.version, counter.title, counter.pages,
    )  # fmt: skip
    assert series_of(copy.certificate_number) is Series.COUNTER


def test_the_same_form_sent_twice_is_one_application_and_one_issue(connection, desk) -> None:
    """P11."""
    number, same = person(connection), uuid4()
    twice = [
        issue.apply(connection, desk, same, asked(), addressee_number=number, office=HERE, acting=CLERK)
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert issued(connection, desk, same) == issued(connection, desk, same)
    assert connection.execute("SELECT count(*) FROM counter_copy WHERE application_id = %s", [same]).fetchone() == (1,)


def test_the_same_form_with_another_content_is_refused_with_a_case(connection, desk) -> None:
    """P11: and the case does not stop the counters."""
    number, same = person(connection), uuid4()
    issue.apply(connection, desk, same, asked(), addressee_number=number, office=HERE, acting=CLERK)
    with pytest.raises(OperatorFault) as caught:
        issue.apply(connection, desk, same, asked(copies=9), addressee_number=number, office=HERE, acting=CLERK)
    assert code_of(caught) == "id_reused"
    kinds = connection.execute("SELECT kind, stops FROM counter_case WHERE application_id = %s", [same]).fetchall()
    assert kinds == [("id_reused", False)]


def test_what_changed_since_the_clerk_looked_is_not_issued(connection, desk) -> None:
    """What was shown is what is issued, or nothing."""
    stored = applied(connection, desk, person(connection))
    with pytest.raises(OperatorFault) as caught:
        issue.issue(connection, desk, stored.id, seen="0" * 64, office=HERE, acting=CLERK)
    assert code_of(caught) == "preview_changed"
    assert state(connection, stored.id) is CounterState.APPLIED


def test_a_paper_is_printed_again_only_where_it_comes_out_the_same(connection, desk) -> None:
    """Before the hand-over, with a reason; never where the ledger has moved on (P1)."""
    number = person(connection)
    stored = applied(connection, desk, number)
    (copy,) = issued(connection, desk, stored.id)

    def again(reason: str = "") -> str:
        return issue.print_copy(connection, desk, stored.id, 1, office=HERE, reason=reason, acting=CLERK).sha256

    assert again() == copy.sha256
    with pytest.raises(OperatorFault) as caught:
        again()
    assert code_of(caught) == "print_reason_needed"
    assert again("紙詰まり") == copy.sha256
    with connection.transaction(force_rollback=True):
        connection.execute("UPDATE taxpayer SET birthday = '1971-01-01' WHERE addressee_number = %s", [number])
        moved = read_person_now(connection, WARD, number, [2026], ())
    assert moved.subject.birthday.year == 1971
    connection.execute("UPDATE taxpayer SET birthday = '1971-01-01' WHERE addressee_number = %s", [number])
    with pytest.raises(OperatorFault) as caught:
        again("紙詰まり")
    assert code_of(caught) == "facts_moved"


def test_a_paper_that_says_something_else_stops_every_counter(connection, desk) -> None:
    """P2: the paper of somebody else is seen by the last look; nothing is issued until two people have looked."""
    press = certificate_press(find_font(), signed_code=False)

    def of_another(order: CertificateOrder) -> ReleasedCertificate:
        assert order.assessment is not None
        another = replace(order.assessment, name_at_assessment="見本 別人", annual_tax=order.assessment.annual_tax + 1)
        return take_last_look(order, render(replace(order, assessment=another), press), press.certified)

    stored = applied(connection, desk, person(connection))
    with pytest.raises(LastLookMismatch):
        issued(connection, replace(desk, make=of_another), stored.id)
    ((evidence,),) = connection.execute(
        "SELECT evidence FROM counter_case WHERE application_id = %s", [stored.id]
    ).fetchall()
    assert {line.split("field ")[1] for line in evidence} == {"name: text_differs", "annual_tax: text_differs"}
    assert "別人" not in " ".join(evidence)
    assert state(connection, stored.id) is CounterState.ABORTED
    ((case_id, _),) = cases.stops_standing(connection, WARD)
    other = applied(connection, desk, person(connection))
    assert not preview.preview(connection, desk, other.id, today=DAY).issuable
    with pytest.raises(OperatorFault) as caught:
        issued(connection, desk, other.id)
    assert code_of(caught) == "nothing_issuable"
    first = "紙面と台帳の氏名を突き合わせた。様式の誤り。"
    assert not cases.sign_case(connection, case_id, first, acting=CLERK)
    for finding in ("別の文だが同じ人の署名である。", first):
        with pytest.raises(OperatorFault) as caught:
            cases.sign_case(connection, case_id, finding, acting=CLERK)
        assert code_of(caught) == "finding_refused"
    assert cases.sign_case(connection, case_id, "様式を戻したことを確認した。", acting=CHIEF)
    assert len(issued(connection, desk, other.id)) == 1


def test_a_text_that_cannot_be_read_back_refuses_this_person_and_stops_no_counter(connection, desk) -> None:
    """C1: a case is opened, the application ends; the next person is served."""

    def unreadable(_order: CertificateOrder) -> ReleasedCertificate:
        raise LastLookMismatch((PaperDifference(1, "name", MismatchKind.TEXT_MISPLACED),))

    stored = applied(connection, desk, person(connection))
    with pytest.raises(OperatorFault) as caught:
        issued(connection, replace(desk, make=unreadable), stored.id)
    assert code_of(caught) == "text_not_readable"
    assert state(connection, stored.id) is CounterState.ABORTED
    assert connection.execute(
        "SELECT evidence, stops FROM counter_case WHERE application_id = %s", [stored.id]
    ).fetchall() == [(["page 1, field name: text_misplaced"], False)]
    assert not cases.stops_standing(connection, WARD)
    assert len(issued(connection, desk, applied(connection, desk, person(connection)).id)) == 1


def test_a_stop_set_by_hand_holds_until_two_people_sign(connection, desk) -> None:
    case_id = cases.stop_by_hand(connection, WARD, reason="公印の誤りの疑い", acting=CLERK)
    stored = applied(connection, desk, person(connection))
    with pytest.raises(OperatorFault):
        issued(connection, desk, stored.id)
    cases.sign_case(connection, case_id, "公印の期間を確認した。正しい。", acting=CLERK)
    cases.sign_case(connection, case_id, "もう一人で同じ確認をした。", acting=CHIEF)
    assert len(issued(connection, desk, stored.id)) == 1


def test_somebody_under_protection_needs_a_second_person(connection, desk) -> None:
    """支援措置: the approval carries a reason; the one who took the application cannot give it."""
    number = person(connection)
    connection.execute("UPDATE taxpayer SET protected = TRUE WHERE addressee_number = %s", [number])
    try:
        stored = applied(connection, desk, number)
        assert stored.state is CounterState.WAITING
        with pytest.raises(OperatorFault) as caught:
            issued(connection, desk, stored.id)
        assert code_of(caught) == "approval_needed"
        for acting, reason, code in ((CLERK, "本人を確認", "second_person_needed"), (CHIEF, " ", "reason_needed")):
            with pytest.raises(OperatorFault) as caught:
                steps.approve(connection, stored.id, reason=reason, office=HERE, acting=acting)
            assert code_of(caught) == code
        steps.approve(connection, stored.id, reason="本人を写真で確認", office=HERE, acting=CHIEF)
        assert len(issued(connection, desk, stored.id)) == 1
    finally:
        connection.execute("UPDATE taxpayer SET protected = FALSE WHERE addressee_number = %s", [number])


def test_protection_that_comes_after_the_application_is_seen_at_the_issue(connection, desk) -> None:
    """P7: what was shown to the clerk before does not count."""
    number = person(connection)
    stored = applied(connection, desk, number)
    connection.execute("UPDATE taxpayer SET protected = TRUE WHERE addressee_number = %s", [number])
    try:
        with pytest.raises(OperatorFault) as caught:
            issued(connection, desk, stored.id)
        assert code_of(caught) == "approval_needed"
    finally:
        connection.execute("UPDATE taxpayer SET protected = FALSE WHERE addressee_number = %s", [number])


def test_a_voided_paper_is_reissued_once_under_a_new_number(connection, desk) -> None:
    stored = applied(connection, desk, person(connection))
    (first,) = issued(connection, desk, stored.id)
    again = steps.reissue(
        connection,
        desk,
        stored.id,
        reason="印字のかすれ",
        free_reason="reissue",
        fee_returned=0,
        office=HERE,
        acting=CLERK,
    )
    assert state(connection, stored.id) is CounterState.VOIDED
    (second,) = issued(connection, desk, again)
    assert second.certificate_number > first.certificate_number
    assert second.fee == 0
    assert voided_numbers(connection, desk.profile.code) == [(first.certificate_number, NOW.date())]
    with pytest.raises(OperatorFault) as caught:
        steps.reissue(
            connection, desk, stored.id, reason="もう一度", free_reason="", fee_returned=0, office=HERE, acting=CLERK
        )
    assert code_of(caught) == "reissued_already"
    with pytest.raises(OperatorFault) as caught:
        issue.print_copy(connection, desk, stored.id, 1, office=HERE, reason="印字", acting=CLERK)
    assert code_of(caught) == "counter_state"


def test_the_fee_is_what_the_copies_cost_and_no_more_comes_back(connection, desk) -> None:
    stored = applied(connection, desk, person(connection))
    issued(connection, desk, stored.id)
    issue.print_copy(connection, desk, stored.id, 1, office=HERE, acting=CLERK)
    with pytest.raises(OperatorFault) as caught:
        steps.hand_over(connection, stored.id, fee_taken=200, office=HERE, acting=CLERK)
    assert code_of(caught) == "fee_differs"
    steps.hand_over(connection, stored.id, fee_taken=300, office=HERE, acting=CLERK)
    with pytest.raises(OperatorFault) as caught:
        steps.void(connection, stored.id, reason="誤り", fee_returned=301, office=HERE, acting=CLERK)
    assert code_of(caught) == "fee_differs"
    steps.void(connection, stored.id, reason="宛先の誤り", fee_returned=300, office=HERE, acting=CLERK)
    assert connection.execute(
        "SELECT sum(fee) FROM counter_event WHERE application_id = %s", [stored.id]
    ).fetchone() == (0,)


def test_nothing_is_handed_over_that_was_not_printed(connection, desk) -> None:
    stored = applied(connection, desk, person(connection))
    issued(connection, desk, stored.id)
    with pytest.raises(OperatorFault) as caught:
        steps.hand_over(connection, stored.id, fee_taken=300, office=HERE, acting=CLERK)
    assert code_of(caught) == "not_printed"


def test_another_office_cannot_go_on_with_an_application(connection, desk) -> None:
    """Fee and paper are of the office that took the application."""
    stored = applied(connection, desk, person(connection), office="b05")
    with pytest.raises(OperatorFault) as caught:
        issued(connection, desk, stored.id)
    assert code_of(caught) == "other_office"


def test_what_was_recorded_is_never_changed(connection) -> None:
    """P12: the application lacks the right, and not even the owner's trigger lets it through."""
    for table in ("counter_application", "counter_copy", "counter_event", "counter_case", "counter_finding"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"DELETE FROM {table}")


def test_a_year_that_is_not_offered_is_refused_beside_one_that_is_issued(connection, desk) -> None:
    stored = applied(connection, desk, person(connection), asked(years=(2019, 2026)))
    shown = preview.preview(connection, desk, stored.id, today=DAY)
    assert shown.issuable == (2026,)
    assert [failure.reason.value for failure in shown.years[0].failures] == ["year_not_offered", "no_assessment"]
    assert [copy.fiscal_year for copy in issued(connection, desk, stored.id)] == [2026]


def test_who_declared_nothing_is_told_so_and_may_be_refused_on_record(connection, desk) -> None:
    """未申告: the true reason is shown, and what helps."""
    row = connection.execute(
        "SELECT addressee_number, fiscal_year FROM stated_assessments JOIN taxpayer USING (municipality_code,"
        " addressee_number) WHERE declaration = 'undeclared' AND taxing_right AND NOT correcting"
        " AND status = 'resident' AND NOT protected AND fiscal_year > 2022 ORDER BY 1, 2 LIMIT 1"
    ).fetchone()
    assert row is not None
    stored = applied(connection, desk, row[0], asked(years=(row[1],)))
    (year,) = preview.preview(connection, desk, stored.id, today=DAY).years
    assert [failure.reason.value for failure in year.failures] == ["undeclared"]
    assert "申告" in year.failures[0].words.helps
    steps.refuse(connection, stored.id, reason="undeclared", office=HERE, acting=CLERK)
    with pytest.raises(OperatorFault) as caught:
        issued(connection, desk, stored.id)
    assert code_of(caught) == "counter_state"


def test_a_day_later_the_preview_is_another(connection, desk) -> None:
    """The certificate's date is part of what the clerk saw."""
    stored = applied(connection, desk, person(connection))
    seen = preview.preview(connection, desk, stored.id, today=DAY).seen
    tomorrow = replace(CLERK, now=NOW + timedelta(days=1))
    with pytest.raises(OperatorFault) as caught:
        issue.issue(connection, desk, stored.id, seen=seen, office=HERE, acting=tomorrow)
    assert code_of(caught) == "preview_changed"


def test_a_paper_with_a_signed_code_comes_out_the_same_again(connection, monkeypatch, tmp_path) -> None:
    """The code is signed deterministically, so a second printing is the first one, byte for byte."""
    monkeypatch.setenv("KOFU_SIGNING_KEYS", str(tmp_path))
    make_signing_key(tmp_path, DAY, DAY + timedelta(days=30))
    press = CertificatePress(read_font(find_font()), signer=code_signer(wanted=True))
    signing = desk_of(replace(PROFILE, signed_code=True), RULES, press, nothing_stands)
    stored = applied(connection, signing, person(connection))
    (copy,) = issued(connection, signing, stored.id)
    first = issue.print_copy(connection, signing, stored.id, 1, office=HERE, acting=CLERK)
    again = issue.print_copy(connection, signing, stored.id, 1, office=HERE, reason="紙詰まり", acting=CLERK)
    assert first.pdf == again.pdf
    assert first.sha256 == copy.sha256
