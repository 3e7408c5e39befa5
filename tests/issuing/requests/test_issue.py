"""Issuing one certificate: stored first, decided once, released in one transaction, or refused."""

from __future__ import annotations

import contextlib
import dataclasses
import io
from datetime import timedelta

import psycopg
import pypdfium2
import pytest
from tests.issuing import feed_maker
from tests.issuing.world import World, people

from kofu.certificates.last_look import LastLookMismatch, MismatchKind, PaperDifference
from kofu.contracts.issuing import AnsweredBefore, Issued, PrintOutcome, Refused
from kofu.core.errors import PeerFault
from kofu.core.kinds import CertificateKind, HoldKind
from kofu.issuing.cases import case_store, stop
from kofu.issuing.cases.conflicts import RequestConflict
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import journal_store, release
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.read_facts import read_facts
from kofu.issuing.requests.read_journal import request_of_reference
from kofu.issuing.requests.report_print import take_print_result

pytestmark = [pytest.mark.storage, pytest.mark.font]
WARD = "139998"


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    """Three people; one with light vehicle tax."""
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(3)
    vehicle = feed_maker.collection(
        "20000001",
        tax="light_vehicle",
        plate_number="品川500あ12-34",
        chassis_last4="5678",
        inspected=1,
        installments="全期",
        due_dates="2026-06-01",
        assessed="10800",
        paid="10800",
        assessed_total=10_800,
        paid_total=10_800,
    )
    paid = feed_maker.collection(paid="1000|900", paid_total=1900)
    world.load_residents(residents, cards)
    world.load_tax(assessments, [paid, vehicle])
    return world


@pytest.fixture
def world(ward, tmp_path):
    """The same ward with a clock of the test's own."""
    return World(
        ward.database, tmp_path, tax_generation=ward.tax_generation, resident_generation=ward.resident_generation
    )


@pytest.fixture
def connection(world):
    with world.connect() as connection:
        yield connection


@pytest.fixture
def issuer(world, press):
    return world.issuer(press)


def text_of(document) -> str:
    pdf = pypdfium2.PdfDocument(io.BytesIO(document.pdf))
    try:
        return "".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def state_of(connection, request):
    return journal_store.read_request(connection, request.request_id).state


def open_cases(connection, request):
    found = case_store.list_cases(connection, WARD, only_open=True)
    return [case.kind for case in found if case.request_id == request.request_id]


def audit_of(connection, request):
    rows = connection.execute(
        "SELECT body::jsonb ->> 'action' FROM audit_entry WHERE body LIKE %s ORDER BY recorded_at",
        [f"%{request.request_id}%"],
    ).fetchall()
    return [action for (action,) in rows]


def test_the_right_persons_certificate_comes_out(connection, issuer, world):
    """The paper says who asked, the journal and the audit log say what left."""
    request = world.request("00a2")
    outcome = issue_certificate(connection, issuer, request)
    assert isinstance(outcome, Issued)
    (document,) = outcome.documents
    text = text_of(document)
    assert "見本三甲0郎" in "".join(text.split())
    assert "230,400" in text
    stored = journal_store.read_request(connection, request.request_id)
    assert (stored.state, stored.addressee_number, stored.fee_per_copy) == (RequestState.MADE, "000000000000002", 200)
    (copy,) = journal_store.read_copies(connection, request.request_id)
    assert (copy.certificate_number, copy.sha256) == (document.certificate_number, document.sha256)
    assert audit_of(connection, request) == ["certificate.release"]


def test_each_copy_has_a_number_of_its_own(connection, issuer, world):
    """住民記録システム標準仕様書 5.5: 部ごとに異なる番号."""
    outcome = issue_certificate(connection, issuer, world.request(copies=3))
    assert len({document.certificate_number for document in outcome.documents}) == 3
    assert len({document.sha256 for document in outcome.documents}) == 3


@pytest.mark.parametrize("kind", [CertificateKind.INCOME, CertificateKind.PAYMENT, CertificateKind.VEHICLE_PAYMENT])
def test_every_kind_is_issued(connection, issuer, world, kind):
    assert isinstance(issue_certificate(connection, issuer, world.request(kind=kind)), Issued)


def test_the_certificate_for_inspection_names_its_vehicle(connection, issuer, world):
    request = world.request(kind=CertificateKind.VEHICLE_INSPECTION, plate_number="品川500あ12-34")
    outcome = issue_certificate(connection, issuer, request)
    assert isinstance(outcome, Issued)
    assert "12-34" in text_of(outcome.documents[0])


def test_an_unknown_card_is_refused_and_recorded(connection, issuer, world):
    request = world.request("ffff")
    outcome = issue_certificate(connection, issuer, request)
    assert isinstance(outcome, Refused)
    assert (outcome.code, state_of(connection, request)) == ("card_unknown", RequestState.REFUSED)
    assert audit_of(connection, request) == ["certificate.refuse"]


def test_the_same_request_again_gives_the_same_bytes(connection, issuer, world):
    """P11: nothing was kept; the certificate is derived again and compared with the journal."""
    request = world.request(copies=2)
    first, second = (issue_certificate(connection, issuer, request) for _ in range(2))
    assert first == second
    assert audit_of(connection, request) == ["certificate.release", "certificate.repeat"]


def test_the_same_refused_request_again_gives_the_same_refusal(connection, issuer, world):
    request = world.request("ffff")
    assert issue_certificate(connection, issuer, request) == issue_certificate(connection, issuer, request)
    assert audit_of(connection, request) == ["certificate.refuse"]


def test_the_same_id_with_another_body_is_refused_with_a_case(connection, issuer, world):
    request = world.request()
    issue_certificate(connection, issuer, request)
    other = world.request("00a2", request_id=request.request_id)
    with pytest.raises(RequestConflict):
        issue_certificate(connection, issuer, other)
    assert open_cases(connection, request) == [CaseKind.ID_REUSED]


def test_a_repeat_that_comes_out_otherwise_is_refused_with_a_case(connection, issuer, world, press):
    """Twin of the repeat: a form, a seal or a program that changed meanwhile cannot slip through."""
    request = world.request()
    issue_certificate(connection, issuer, request)
    changed = world.issuer(press, profile=dataclasses.replace(world.profile, specimen=not world.profile.specimen))
    outcome = issue_certificate(connection, changed, request)
    assert isinstance(outcome, AnsweredBefore)
    assert open_cases(connection, request) == [CaseKind.REPLAY_MISMATCH]
    assert state_of(connection, request) is RequestState.MADE


def test_nothing_leaves_a_second_time_once_the_paper_is_reported(connection, issuer, world):
    request = world.request()
    issue_certificate(connection, issuer, request)
    result = world.result(request, PrintOutcome.PRINTED)
    take_print_result(connection, world.acting(), result, municipality_code=WARD)
    assert issue_certificate(connection, issuer, request).code == "already_reported"


def test_a_repeat_after_the_deadline_brings_no_paper_and_is_no_refusal(connection, issuer, world):
    """P11: the paper may be in the resident's hands; said once, it is said for ever, the clock set back or not."""
    request = world.request()
    issue_certificate(connection, issuer, request)
    world.clock.turn(seconds=31)
    over = issue_certificate(connection, issuer, request)
    assert isinstance(over, AnsweredBefore)
    assert (over.code, state_of(connection, request)) == ("too_late", RequestState.MADE)
    world.clock.turn(seconds=-31)
    assert issue_certificate(connection, issuer, request) == over


def test_a_late_certificate_never_leaves(connection, world, press):
    """P3: making took longer than the deadline; the paper is dropped, the request has expired."""
    issuer = world.issuer(press, before_make=lambda _order: world.clock.turn(seconds=31))
    request = world.request()
    assert issue_certificate(connection, issuer, request).code == "too_late"
    assert state_of(connection, request) is RequestState.EXPIRED
    assert journal_store.read_copies(connection, request.request_id) == ()


def test_a_commit_that_outlives_the_deadline_sends_nothing(connection, issuer, world, monkeypatch):
    """P3: journal and audit stay as the record of a paper that never left."""
    write = release._write

    def slow(*arguments):
        verdict = write(*arguments)
        world.clock.turn(seconds=31)
        return verdict

    monkeypatch.setattr(release, "_write", slow)
    request = world.request()
    assert issue_certificate(connection, issuer, request).code == "too_late"
    assert state_of(connection, request) is RequestState.WITHHELD
    assert audit_of(connection, request) == ["certificate.release", "certificate.hold_back"]


def test_a_deadline_too_near_is_refused_before_any_work(connection, issuer, world):
    request = world.request(deadline=world.clock.now + timedelta(seconds=1))
    assert issue_certificate(connection, issuer, request).code == "deadline_refused"


def test_a_deadline_far_away_is_cut_to_what_the_ward_allows(connection, issuer, world):
    request = world.request(deadline=world.clock.now + timedelta(days=1))
    issue_certificate(connection, issuer, request)
    stored = journal_store.read_request(connection, request.request_id)
    assert stored.deadline - stored.received_at == timedelta(seconds=world.profile.deadline_longest_seconds)


def test_two_requests_that_come_to_one_reference_number_bear_different_ones(connection, issuer, world, monkeypatch):
    """受付番号: derived, and unique in the municipality by the database's own key; the answer bears what is stored."""
    same = iter(["0000000" + "0"] * 2 + ["0000001" + "1"])
    monkeypatch.setattr(journal_store, "reference_candidate", lambda _request_id, _attempt: next(same))
    requests = [world.request("ffff"), world.request("ffff")]
    answers = [issue_certificate(connection, issuer, request) for request in requests]
    assert [answer.reference for answer in answers] == ["00000000", "00000011"]
    stored = [journal_store.read_request(connection, request.request_id).reference for request in requests]
    assert stored == ["00000000", "00000011"]
    assert read_request_of(connection, "00000011") == requests[1].request_id
    assert read_request_of(connection, "00000022") is None


def read_request_of(connection, reference):
    return request_of_reference(connection, WARD, reference)


def test_another_municipality_is_not_served(connection, issuer, world):
    with pytest.raises(PeerFault, match="municipality_not_served"):
        issue_certificate(connection, issuer, world.request(municipality_code="131041"))


def test_a_fault_while_making_ends_as_a_refusal_with_a_case(connection, world, press):
    def broken(_order):
        raise RuntimeError("見本　太郎")  # a message that quotes a person must not come out

    request = world.request()
    outcome = issue_certificate(connection, world.issuer(press, before_make=broken), request)
    assert outcome.code == "temporarily_unavailable"
    assert state_of(connection, request) is RequestState.ABORTED
    assert open_cases(connection, request) == [CaseKind.ISSUE_FAULT]
    kept = connection.execute("SELECT string_agg(summary, '') FROM issuing_case").fetchone()[0]
    assert "太郎" not in kept


def test_a_text_too_long_is_refused_not_cut(connection, world, press):
    from kofu.press.engine import DoesNotFit

    def too_long(_order):
        raise DoesNotFit("name")

    request = world.request()
    outcome = issue_certificate(connection, world.issuer(press, before_make=too_long), request)
    assert (outcome.code, state_of(connection, request)) == ("text_overflow", RequestState.REFUSED)
    assert open_cases(connection, request) == []


def test_nothing_leaves_where_the_audit_entry_cannot_be_written(connection, issuer, world):
    """P10, fault planted in the database itself: the release is rolled back with the entry."""
    request = world.request()
    with world.as_owner() as owner:
        owner.execute(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.body LIKE '%certificate.release%' THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER fault BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION fault()"
        )
    try:
        outcome = issue_certificate(connection, issuer, request)
    finally:
        with world.as_owner() as owner:
            owner.execute("DROP TRIGGER fault ON audit_entry; DROP FUNCTION fault()")
    assert isinstance(outcome, Refused)
    assert state_of(connection, request) is RequestState.ABORTED
    assert journal_store.read_copies(connection, request.request_id) == ()


def test_a_paper_that_differs_from_the_facts_stops_the_municipality(connection, world, press):
    """P2: somebody else's amounts are put on the paper between wording and last look; everything stops."""
    swapped = world.issuer(press, swap=lambda order: dataclasses.replace(order, certificate_number="X-1"))
    request = world.request()
    outcome = issue_certificate(connection, swapped, request)
    assert outcome.code == "temporarily_unavailable"
    assert open_cases(connection, request) == [CaseKind.LAST_LOOK_MISMATCH]
    (standing,) = case_store.standing_stops(connection, WARD)
    assert standing.case_id is not None
    after = issue_certificate(connection, world.issuer(press), world.request("00a2"))
    assert after.code == "issuance_halted"
    with world.as_owner() as owner:
        owner.execute("ALTER TABLE issuing_stop DISABLE TRIGGER USER; UPDATE issuing_stop SET lifted_at = now()")
        owner.execute("ALTER TABLE issuing_stop ENABLE TRIGGER USER")


def test_a_stop_set_while_a_certificate_is_being_made_holds_it_back(connection, world, press):
    def stop_meanwhile(_order):
        with world.connect() as other:
            stop.set_stop(other, world.acting("other"), municipality_code=WARD, reason="drill", by="sato")

    request = world.request()
    outcome = issue_certificate(connection, world.issuer(press, before_make=stop_meanwhile), request)
    assert (outcome.code, state_of(connection, request)) == ("issuance_halted", RequestState.REFUSED)
    with world.as_owner() as owner:
        owner.execute("ALTER TABLE issuing_stop DISABLE TRIGGER USER; UPDATE issuing_stop SET lifted_at = now()")
        owner.execute("ALTER TABLE issuing_stop ENABLE TRIGGER USER")


def test_a_hold_that_arrives_while_a_certificate_is_being_made_counts(connection, world, press):
    """P7: no before yes; the facts are read again and the person is refused, in neutral words."""
    request = world.request("00a3")
    issuer = world.issuer(press, before_make=lambda _order: world.hold("000000000000003", HoldKind.PROTECTION))
    outcome = issue_certificate(connection, issuer, request)
    assert outcome.code == "please_ask_at_counter"
    assert journal_store.read_request(connection, request.request_id).refusal_code == "protection"


def test_the_running_system_cannot_rewrite_its_journal(connection, issuer, world):
    request = world.request()
    issue_certificate(connection, issuer, request)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE issuing_copy SET sha256 = '' WHERE request_id = %s", [request.request_id])


def test_the_swap_fault_is_seen_by_the_last_look_alone(world, press):
    """Twin: the planted fault raises exactly where it should, and without it nothing is raised."""
    from tests.certificates.orders import TAXATION

    world.issuer(press).make(TAXATION)
    with pytest.raises(LastLookMismatch):
        world.issuer(press, swap=lambda order: dataclasses.replace(order, certificate_number="X-1")).make(TAXATION)


def unreadable(*differences):
    def make(_order):
        raise LastLookMismatch(differences)

    return make


def test_one_persons_text_that_cannot_be_read_back_refuses_this_person_and_stops_nobody(world, press):
    """C1: today's resident must not stop the whole ward, tomorrow again; the case says field and kind, no text."""
    make = unreadable(
        PaperDifference(1, "name", MismatchKind.TEXT_MISPLACED), PaperDifference(1, "address", MismatchKind.NOT_IN_FONT)
    )
    issuer = dataclasses.replace(world.issuer(press), make=make)
    with world.connect() as connection:
        request = world.request()
        assert issue_certificate(connection, issuer, request).code == "undrawable"
        (found,) = [
            one
            for one in case_store.list_cases(connection, WARD, only_open=True)
            if one.request_id == request.request_id
        ]
        assert found.kind is CaseKind.LAST_LOOK_MISMATCH
        assert case_store.standing_stops(connection, WARD) == ()
        assert isinstance(issue_certificate(connection, world.issuer(press), world.request()), Issued)


def test_the_note_that_bytes_left_is_kept_without_waiting_for_the_disk_and_only_it(world, press):
    """One statement, one transaction: what the connection commits next waits for the disk again (P10)."""
    issuer = world.issuer(press)
    with world.connect() as connection:
        answer = issue_certificate(connection, issuer, world.request("00a1"))
        assert isinstance(answer, Issued)
        connection.execute("SET synchronous_commit = on")  # as in service; the databases of the tests never wait
        with connection.transaction(force_rollback=True):
            journal_store.record_sent(connection, answer.request_id, world.clock.now)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
        release.record_sent(connection, issuer, answer.request_id)
        noted = journal_store.read_request(connection, answer.request_id)
        assert noted is not None
        assert noted.state is RequestState.SENT
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_reading_facts_leaves_the_connection_able_to_write(world):
    """Also where the reading breaks off."""
    with world.connect() as connection:
        for serial, year in (("00a1".zfill(32), 2026), ("00a1".zfill(32), "no year")):
            with contextlib.suppress(psycopg.DataError):
                read_facts(connection, municipality_code=WARD, serial=serial, fiscal_year=year)
            assert (connection.isolation_level, connection.read_only) == (None, None)
            assert journal_store.insert_request(connection, world.request(serial), "0" * 64, world.clock.now)
