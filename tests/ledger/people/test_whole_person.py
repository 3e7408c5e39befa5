"""Numbers that mean one person: whoever reads, plans or decides about a person sees all of them.

地方税法17条の2: what is owed back is appropriated to what is unpaid (充当しなければならない), whichever number of the
person either stands under. 地方税法321条の5: 特別徴収 that was not remitted is never the person's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

import msgspec
import psycopg
import pytest
from tests.ledger.overpayments.refunds import overpaid

from kofu.contracts.issuing import ActiveData, Hold
from kofu.core.errors import OperatorFault
from kofu.core.kinds import HoldKind
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.addressees import everybodys_numbers
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.keep_protection import keep_protection
from kofu.ledger.addressees.merge_people import decide_merge, propose_merge
from kofu.ledger.arrears.read import arrears_of
from kofu.ledger.arrears.unremitted import list_unremitted, unremitted_totals
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.counter.desk import registry_holds_of
from kofu.ledger.debit.domain.direct_debit import EndReason, NotDebited
from kofu.ledger.debit.mandates import dead_payers, end_mandate, mandates_of, register_mandate
from kofu.ledger.debit.request_debits import days_to_request, request_debits
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.holds.issuance_holds import follow_active, lift_stop, set_hold
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.read import case_page, owed_back
from kofu.ledger.people.find import find_people, person, whole_person
from kofu.ledger.person.page import read_person
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.slips.codecs.convenience import barcode_profile
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage

WARD = "139998"
RULES = MatchingRules(rates())
NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
TODAY = date(2026, 11, 20)
CLERK, CHIEF = Acting("clerk", "test", NOW, "p"), Acting("chief", "test", NOW, "p")
OLD, NEW = "1", "2"
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="1234567", holder="ﾐﾎﾝ ﾀﾛｳ")


@pytest.fixture
def database(system_database) -> SystemDatabase:
    return system_database("ledger")


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        for number in (OLD, NEW):
            opened.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, protected)"
                " VALUES (%s, %s, %s, 'ミホン　ハナコ', 'ミホンハナコ', '見本花子', '1980-04-01', '1600000',"
                " '見本区一丁目1番1号', 'moved_out', false)",
                [WARD, number, f"見本　花子{number}"],
            )
        yield opened


def owes(connection, number: str, amount: int, *, method: str = "ordinary", due: date = date(2026, 8, 31)) -> int:
    notice = Notice(
        municipality_code=WARD,
        notice_number=f"{method}{number}",
        addressee_number=number,
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method=method,
        statutory_due_date=due,
    )
    with connection.transaction():
        ((claim,),) = add_notices(connection, [(notice, [("01", due)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, amount, date(2026, 6, 1)))
        store_books(connection, books, Posting(actor="t", booked_on=date(2026, 6, 1), recorded_at=NOW))
    return claim.claim_id


def merged(connection, number: str = OLD, into: str = NEW) -> UUID:
    merge = propose_merge(connection, WARD, number, into, reason="同一人", acting=CLERK)
    decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    return merge


def died(connection, number: str) -> None:
    connection.execute("UPDATE taxpayer SET status = 'dead' WHERE addressee_number = %s", [number])


@pytest.mark.parametrize("asked", [OLD, NEW])
def test_what_one_number_owes_is_paid_by_what_is_owed_back_under_the_other(connection, asked: str) -> None:
    """法17条の2: 318,000 overdue under one number, 88,000 owed back under the other."""
    owes(connection, OLD, 318_000)
    overpaid(connection, NEW, paid=100_000, reduced=88_000, owed=0)
    assert arrears_of(connection, WARD, NEW, TODAY).none
    merged(connection)
    owing = arrears_of(connection, WARD, asked, TODAY)
    assert (owing.none, owing.principal) == (False, 318_000)
    page = read_person(connection, WARD, whole_person(connection, WARD, asked))
    assert (page.due, page.owed_back, page.numbers) == (318_000, 88_000, (NEW, OLD))
    case_id = refund.propose(connection, WARD, asked, causes={}, rules=RULES, acting=CLERK)
    case = case_page(connection, WARD, case_id)
    assert (case.applied_total, case.refund_total, case.addressee_number) == (88_000, 0, NEW)
    refund.approve(connection, case_id, rules=RULES, acting=CHIEF)
    assert arrears_of(connection, WARD, asked, TODAY).principal == 230_000
    assert verify_ledger(connection).holds


def test_a_person_has_one_case_whichever_number_it_is_proposed_under(connection) -> None:
    overpaid(connection, OLD, paid=10_000, reduced=5_000, owed=0)
    overpaid(connection, NEW, paid=10_000, reduced=3_000, owed=0)
    first = refund.propose(connection, WARD, OLD, causes={}, rules=RULES, acting=CLERK)
    merged(connection)
    with pytest.raises(OperatorFault, match="waits for approval"):
        refund.propose(connection, WARD, NEW, causes={}, rules=RULES, acting=CLERK)
    with pytest.raises(OperatorFault, match="moved on"):
        refund.approve(connection, first, rules=RULES, acting=CHIEF)
    refund.withdraw(connection, first, reason="統合", acting=CLERK)
    ((owed),) = owed_back(connection, WARD)
    assert (owed.addressee_number, owed.overpaid) == (NEW, 8_000)
    refund.propose(connection, WARD, OLD, causes={}, rules=RULES, acting=CLERK)
    assert owed_back(connection, WARD) == []


def test_the_person_of_either_number_is_named_by_the_standing_one_and_dead_and_protected_under_any(connection) -> None:
    merged(connection)
    died(connection, OLD)
    connection.execute("UPDATE taxpayer SET protected = TRUE WHERE addressee_number = %s", [OLD])
    for found in find_people(connection, WARD, "ミホン"):
        whole = person(connection, WARD, found.id)
        assert (whole.addressee_number, whole.name) == (NEW, "見本　花子2")
        assert (whole.status, whole.protected) == ("dead", True)


def test_protection_the_registry_knows_under_one_number_covers_the_others(connection) -> None:
    merged(connection)
    assert everybodys_numbers(connection, WARD, frozenset({OLD, "9"})) == {OLD, NEW, "9"}
    assert keep_protection(connection, WARD, frozenset({OLD}), acting=CLERK).marked == 2
    assert keep_protection(connection, WARD, frozenset(), acting=CLERK).unmarked == 2


def test_the_counter_asks_the_registry_about_every_number_and_takes_no_silence_for_an_answer(connection) -> None:
    merged(connection)

    says: dict[str, tuple[HoldKind, ...]] = {OLD: (HoldKind.PROTECTION,), NEW: ()}
    desk = SimpleNamespace(profile=SimpleNamespace(code=WARD), ask_registry=says.get)
    assert registry_holds_of(connection, desk, NEW) == (HoldKind.PROTECTION,)
    del says[OLD]
    assert registry_holds_of(connection, desk, NEW) is None


@pytest.mark.parametrize("method", ["salary", "pension"])
def test_what_an_employer_did_not_remit_is_shown_as_such_and_paid_by_nothing_of_the_persons(connection, method) -> None:
    """地方税法321条の5, 321条の7の6; 豊島区 1711131120: 「従業員本人に請求することはできません」."""
    claim_id = owes(connection, NEW, 60_000, method=method)
    overpaid(connection, NEW, paid=10_000, reduced=5_000, owed=0)
    owing = arrears_of(connection, WARD, NEW, TODAY)
    assert (owing.none, owing.not_remitted) == (True, 60_000)
    page = read_person(connection, WARD, whole_person(connection, WARD, NEW))
    (line,) = [line for line in page.claims if line.claim_id == claim_id]
    assert (page.due, line.standing(TODAY)) == (0, "unremitted")
    case = case_page(connection, WARD, refund.propose(connection, WARD, NEW, causes={}, rules=RULES, acting=CLERK))
    assert (case.applied_total, case.refund_total) == (0, 5_000)


def standing_at_issuing(connection) -> dict[tuple[str, str], int]:
    """What `issuing` will hold once everything in the outbox has arrived: (宛名番号, kind) → how many holds."""
    latest: dict[str, Hold] = {}
    for (body,) in connection.execute("SELECT body FROM hold_outbox ORDER BY id"):
        hold = msgspec.json.decode(bytes(body), type=Hold)
        latest[hold.hold_id] = hold
    return Counter((hold.addressee_number, hold.kind.value) for hold in latest.values() if not hold.released)


def test_a_stop_under_one_number_stands_under_every_number_from_the_moment_of_the_merge(connection) -> None:
    """P7: the receiver knows the person by the old number until a feed says otherwise, and then by the new one."""
    stop = set_hold(
        connection, municipality_code=WARD, addressee_number=OLD, kind=HoldKind.ISSUANCE_STOP, fiscal_year=None,
        reason="照会中", acting=CLERK,
    )  # fmt: skip
    assert standing_at_issuing(connection) == {(OLD, "issuance_stop"): 1}
    merge = merged(connection)
    assert standing_at_issuing(connection) == {
        (OLD, "issuance_stop"): 1, (NEW, "issuance_stop"): 1, (OLD, "correcting"): 1, (NEW, "correcting"): 1,
    }  # fmt: skip
    decide_merge(connection, WARD, merge, MergeEvent.UNDONE, reason="別人", acting=CHIEF)
    held = standing_at_issuing(connection)
    assert (held[OLD, "issuance_stop"], held[NEW, "issuance_stop"]) == (1, 0)
    assert held.keys() >= {(OLD, "correcting"), (NEW, "correcting")}  # until a feed states them apart
    lift_stop(connection, stop, reason="終了", acting=CLERK)
    assert (OLD, "issuance_stop") not in standing_at_issuing(connection)


def active(connection, generation: int) -> ActiveData:
    """A feed of this ledger that `issuing` says is active."""
    digest = f"{generation:064x}"
    connection.execute(
        "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
        " manifest_sha256, files) VALUES (%s, %s, 'full', '2026-11-20', %s, '', %s, '[]')",
        [WARD, generation, NOW, digest],
    )
    return ActiveData(
        municipality_code=WARD,
        data_generation=generation,
        tax_feed_generation=generation,
        tax_feed_sha256=digest,
        resident_feed_generation=1,
    )


def test_certificates_come_back_when_a_feed_that_states_the_merge_is_read(connection) -> None:
    merged(connection)
    connection.execute("UPDATE issuance_hold SET generation = 7 WHERE settled_at IS NOT NULL")
    follow_active(connection, active(connection, 6), NOW)
    assert standing_at_issuing(connection) == {(OLD, "correcting"): 1, (NEW, "correcting"): 1}
    follow_active(connection, active(connection, 7), NOW)
    assert standing_at_issuing(connection) == {}


# -- 口座振替 ---------------------------------------------------------------------------------------------------------

COMING = date(2027, 2, 1)
CONSIGNOR = ledger_profile(WARD).debit
BARCODE = barcode_profile(Layouts(None, specimen=True))


def registered(connection, number: str, account: BankAccount = ACCOUNT, starts_on: date = date(2026, 4, 1)) -> None:
    register_mandate(connection, WARD, number, account, applied_on=date(2026, 4, 1), starts_on=starts_on, acting=CLERK)


def owes_soon(connection, number: str) -> None:
    notice = Notice(
        municipality_code=WARD,
        notice_number=f"{int(number):017d}",
        addressee_number=number,
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=COMING,
    )
    with connection.transaction():
        ((claim,),) = add_notices(connection, [(notice, [("1", COMING)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, 10_000, date(2026, 6, 1)))
        store_books(connection, books, Posting(actor="t", booked_on=date(2026, 6, 1), recorded_at=NOW))


def asked(connection):
    return request_debits(
        connection, WARD, CONSIGNOR, BARCODE, debit_on=COMING, answers=ledger_profile(WARD).answer_rules, acting=CLERK
    )


def test_an_account_registered_under_one_number_pays_what_is_owed_under_the_other_once(connection) -> None:
    owes_soon(connection, NEW)
    registered(connection, OLD)
    merged(connection)
    assert len(mandates_of(connection, WARD, NEW)) == 1
    assert [(day.count, day.total) for day in days_to_request(connection, WARD, after=TODAY)] == [(1, 10_000)]
    assert (asked(connection).count, asked_again(connection)) == (1, "nothing_to_debit")


def asked_again(connection) -> str:
    with pytest.raises(OperatorFault) as refused:
        asked(connection)
    return refused.value.code


def test_two_accounts_of_two_numbers_debit_a_claim_once_from_the_latest(connection) -> None:
    owes_soon(connection, NEW)
    registered(connection, OLD)
    registered(connection, NEW, replace(ACCOUNT, account_number="7654321"), date(2026, 5, 1))
    merged(connection)
    made = asked(connection)
    assert (made.count, made.total, b"7654321" in made.content) == (1, 10_000, True)


@pytest.mark.parametrize("number", [OLD, NEW])
def test_the_account_of_the_dead_is_not_debited_whichever_number_they_died_under(connection, number: str) -> None:
    """法9条: the tax is the heirs'; the account belongs to the estate."""
    owes_soon(connection, NEW)
    registered(connection, NEW)
    merged(connection)
    died(connection, number)
    assert days_to_request(connection, WARD, after=TODAY) == []
    assert asked_again(connection) == "all_left_out"
    with pytest.raises(OperatorFault, match="write to the heirs"):
        registered(connection, OLD)


def test_the_living_are_debited_beside_the_dead_who_are_named(connection) -> None:
    for number in (OLD, NEW):
        owes_soon(connection, number)
        registered(connection, number)
    died(connection, OLD)
    made = asked(connection)
    assert (made.count, [(left.addressee_number, left.why) for left in made.left_out]) == (1, [(OLD, NotDebited.DEAD)])


def test_the_dead_with_an_account_stand_on_the_work_list_until_the_account_is_ended(connection) -> None:
    owes_soon(connection, NEW)
    owes(connection, NEW, 60_000, method="salary")
    registered(connection, NEW)
    merged(connection)
    assert dead_payers(connection, WARD) == []
    died(connection, OLD)
    ((payer),) = dead_payers(connection, WARD)
    assert (payer.addressee_number, payer.due) == (NEW, 10_000)
    (mandate,) = mandates_of(connection, WARD, OLD)
    end_mandate(
        connection, WARD, OLD, mandate.mandate_id, ends_on=TODAY, reason=EndReason.DEAD, acting=CLERK
    )  # fmt: skip
    assert dead_payers(connection, WARD) == []


# -- 特別徴収の未納入 -------------------------------------------------------------------------------------------------


def test_what_was_not_remitted_stands_in_a_list_of_its_own(connection) -> None:
    """Until employers are parties: 地方税法321条の5."""
    salary = owes(connection, NEW, 60_000, method="salary", due=date(2026, 7, 10))
    pension = owes(connection, OLD, 9_000, method="pension", due=date(2026, 8, 10))
    owes(connection, OLD, 7_000)
    assert [one.claim_id for one in list_unremitted(connection, WARD, TODAY)] == [salary, pension]
    totals = {one.collection_method: (one.count, one.amount) for one in unremitted_totals(connection, WARD, TODAY)}
    assert totals == {"salary": (1, 60_000), "pension": (1, 9_000)}
    assert list_unremitted(connection, WARD, date(2026, 7, 10)) == []


# -- kofu ledger verify -----------------------------------------------------------------------------------------------


CIRCLE = (
    "INSERT INTO addressee_merge (id, municipality_code, from_number, into_number, reason, proposed_by)"
    " SELECT '00000000-0000-0000-0000-000000000001', municipality_code, '2', '1', '', '' FROM taxpayer LIMIT 1;"
    " INSERT INTO addressee_merge_event (merge_id, event, actor, reason)"
    " VALUES ('00000000-0000-0000-0000-000000000001', 'approved', '', '')"
)


def differences(connection) -> set[str]:
    return {one.check for one in verify_ledger(connection).differences}


def test_a_ledger_with_merged_people_verifies(connection) -> None:
    owes(connection, OLD, 1_000)
    set_hold(
        connection, municipality_code=WARD, addressee_number=OLD, kind=HoldKind.ISSUANCE_STOP, fiscal_year=None,
        reason="照会中", acting=CLERK,
    )  # fmt: skip
    merge = merged(connection)
    assert differences(connection) == set()
    decide_merge(connection, WARD, merge, MergeEvent.UNDONE, reason="別人", acting=CHIEF)
    assert differences(connection) == set()


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        ("DELETE FROM issuance_hold_message WHERE addressee_number = '2'", "a hold in force stands"),
        ("UPDATE taxpayer SET protected = TRUE WHERE addressee_number = '2'", "who is protected"),
        (
            CIRCLE,
            "a merged number means one person",
        ),
        (CIRCLE, "every notice of a merged number is stated"),
    ],
)
def test_the_checker_sees_where_a_person_falls_apart(database, connection, spoil: str, check: str) -> None:
    owes(connection, OLD, 1_000)
    set_hold(
        connection, municipality_code=WARD, addressee_number=OLD, kind=HoldKind.ISSUANCE_STOP, fiscal_year=None,
        reason="照会中", acting=CLERK,
    )  # fmt: skip
    merged(connection)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(spoil)
    assert any(one.startswith(check) for one in differences(connection))


def test_the_checker_sees_an_appropriation_to_what_an_employer_owes(database, connection) -> None:
    """The sister of the letter: an entry of 充当 that pays 特別徴収, planted by hand."""
    claim_id = owes(connection, NEW, 60_000, method="salary")
    assert "no 督促状 and no 充当 puts 特別徴収 upon the person" not in differences(connection)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "WITH made AS (INSERT INTO entry (id, kind, effective_on, booked_on, actor, source, reason, detail,"
            " recorded_at) VALUES (gen_random_uuid(), 'appropriated', %s, %s, '', '', '', '{}', now()) RETURNING id)"
            " INSERT INTO transfer (entry_id, debit, credit, amount, claim_id)"
            " SELECT id, 'unallocated', 'due', 1, %s FROM made",
            [TODAY, TODAY, claim_id],
        )
    assert "no 督促状 and no 充当 puts 特別徴収 upon the person" in differences(connection)


def test_the_checker_sees_a_letter_to_an_employee(database, connection) -> None:
    claim_id = owes(connection, NEW, 60_000, method="salary")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO dunning_run (id, municipality_code, closed_day, issued_on, state, count, total, drawn_by,"
            " drawn_at, approved_by, lines, left_out)"
            " VALUES (gen_random_uuid(), %s, %s, %s, 'sent', 1, 1, '', now(), '', '[]', '{}')",
            [WARD, TODAY, TODAY],
        )
        owner.execute(
            "INSERT INTO dunning_letter (run_id, claim_id, due_date, due, late, issued_on)"
            " SELECT id, %s, %s, 1, FALSE, %s FROM dunning_run",
            [claim_id, date(2026, 6, 30), TODAY],
        )
    assert any("特別徴収" in one for one in differences(connection))
