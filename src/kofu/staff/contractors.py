"""Contractors (委託先), their contracts, the roster of workers (作業者名簿), and the proof that data was erased.

One administrator records, another confirms a worker's line; only then the worker's account opens anything. An end is
only brought forward; a longer time is another contract or line. What was proved is never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import IntegrityError, transaction

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_second_person
from kofu.platform.standing_proposals import require_decider
from kofu.staff.accounts import end_sessions, require_login
from kofu.staff.domain.contractors import EntrustedWork, ErasureWay, ProvedThing, proof_due
from kofu.staff.models import NAME_LENGTH_MAX, Contractor, ErasureProof, RosterWorker, ServiceContract, StaffAccount
from kofu.staff.records import own_connection, record_with_change
from kofu.staff.work import StaffActor

RECORD = "contractor.record"
LINE = "a line of the roster"
CONFIRM = "contractor.confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """A contract as it was signed. `responsible`: the contractor's 取扱責任者."""

    title: str
    work: EntrustedWork
    starts_on: date
    ends_on: date
    responsible: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDetails:
    """A worker as the contractor's roster names them. `login`: of their account here, "" for who has none."""

    name: str
    login: str
    starts_on: date
    ends_on: date | None
    trained_on: date | None
    pledged_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedErasure:
    """What the contractor's certificate of erasure (消去証明書) says. `certified_by`: who signed it there."""

    way: ErasureWay
    erased_on: date
    certificate: str
    certified_by: str


def add_contract(by: StaffActor, contractor: str, terms: ContractTerms) -> ServiceContract:
    """Record a contract with a contractor, known or new. Raises `OperatorFault` `days_in_order`, `name_form`."""
    _require_names(contractor, terms.title, terms.responsible)
    if terms.ends_on < terms.starts_on:
        raise OperatorFault("days_in_order", "the last day is not before the first")
    with transaction.atomic():
        company, _ = Contractor.objects.get_or_create(name=contractor.strip())
        contract = ServiceContract.objects.create(
            contractor=company, title=terms.title, work=terms.work, starts_on=terms.starts_on, ends_on=terms.ends_on,
            responsible=terms.responsible, recorded_by=by.login, recorded_at=datetime.now(UTC),
        )  # fmt: skip
        record_with_change(by, RECORD, "contract", {"contract": contract.pk, "last_day": terms.ends_on.isoformat()})
    return contract


def add_worker(by: StaffActor, contract: ServiceContract, worker: WorkerDetails) -> RosterWorker:
    """Record a line of the roster; it counts once another administrator confirmed it.

    Raises `OperatorFault`: `name_form`, `days_in_order`, `login_form`, `not_a_contractors` for the account of somebody
    else.
    """
    _require_names(worker.name)
    if worker.ends_on is not None and worker.ends_on < worker.starts_on:
        raise OperatorFault("days_in_order", "the last day is not before the first")
    if worker.login:
        require_login(worker.login)
        account = StaffAccount.objects.filter(login=worker.login).first()
        if account is not None and not account.of_a_contractor:
            raise OperatorFault("not_a_contractors", f"{worker.login} is an account of the ward's own staff")
    with transaction.atomic():
        line = RosterWorker.objects.create(
            contract=contract, name=worker.name, login=worker.login, starts_on=worker.starts_on,
            ends_on=worker.ends_on, trained_on=worker.trained_on, pledged_on=worker.pledged_on,
            recorded_by=by.login, recorded_at=datetime.now(UTC),
        )  # fmt: skip
        record_with_change(by, RECORD, "worker", {"contract": contract.pk, "worker": line.pk, "account": worker.login})
    return line


def confirm_worker(by: StaffActor, number: int) -> None:
    """Confirm a line of the roster, as another administrator. Raises `OperatorFault` `second_person_needed`."""
    with transaction.atomic():
        line = _worker(number)
        if line.confirmed_by:
            raise OperatorFault("confirmed_already", "this line was confirmed")
        require_second_person(by.login, line.login, what=LINE)
        require_decider(own_connection(), by.login, PendingProposal(line.recorded_by, line.recorded_at), what=LINE)
        line.confirmed_by, line.confirmed_at = by.login, datetime.now(UTC)
        line.save(update_fields=["confirmed_by", "confirmed_at"])
        record_with_change(by, CONFIRM, "confirmed", {"contract": line.contract_id, "worker": line.pk})


def end_worker(by: StaffActor, number: int, last_day: date) -> None:
    """Bring the end of a line forward; the account's sessions end. Raises `OperatorFault` `later_than_now`."""
    with transaction.atomic():
        line = _worker(number)
        _require_earlier(last_day, line.ends_on)
        line.ends_on = max(line.starts_on, last_day)
        line.save(update_fields=["ends_on"])
        _end_account_sessions(line)
        record_with_change(by, RECORD, "worker_ended", {"worker": line.pk, "last_day": line.ends_on.isoformat()})


def end_contract(by: StaffActor, number: int, last_day: date) -> None:
    """Bring the end of a contract forward, and with it the end of everybody on its roster."""
    with transaction.atomic():
        contract = ServiceContract.objects.select_for_update().get(pk=number)
        _require_earlier(last_day, contract.ends_on)
        contract.ends_on = max(contract.starts_on, last_day)
        contract.save(update_fields=["ends_on"])
        for line in RosterWorker.objects.filter(contract=contract):
            _end_account_sessions(line)
        record_with_change(by, RECORD, "contract_ended", {"contract": number, "last_day": contract.ends_on.isoformat()})


def record_proof(by: StaffActor, thing: ProvedThing, subject: str, report: CertifiedErasure) -> None:
    """Record the contractor's certificate of erasure for a contract or a delivery, once.

    `subject`: number of the contract, id of the delivery. Raises `OperatorFault`: `proved_already`, `not_over_yet` for
    a contract whose last day is to come, `erased_later` for a day to come.
    """
    today = day_in_japan(datetime.now(UTC))
    if report.erased_on > today:
        raise OperatorFault("erased_later", "the certificate says what was done, not what will be")
    if thing is ProvedThing.CONTRACT and ServiceContract.objects.get(pk=int(subject)).ends_on >= today:
        raise OperatorFault("not_over_yet", "the contract is not over")
    try:
        with transaction.atomic():
            ErasureProof.objects.create(
                thing=thing, subject=subject, way=report.way, erased_on=report.erased_on,
                certificate=report.certificate, certified_by=report.certified_by,
                recorded_by=by.login, recorded_at=datetime.now(UTC),
            )  # fmt: skip
            record_with_change(by, RECORD, "erasure_proved", {"thing": thing.value, "subject": subject})
    except IntegrityError:
        raise OperatorFault("proved_already", "a certificate for this is on record") from None


def unproved_contracts(today: date) -> list[tuple[ServiceContract, date]]:
    """Give the contracts that are over and whose data nobody certified as erased, with the day it is due."""
    proved = set(ErasureProof.objects.filter(thing=ProvedThing.CONTRACT).values_list("subject", flat=True))
    over = ServiceContract.objects.filter(ends_on__lt=today).select_related("contractor").order_by("ends_on")
    return [(contract, proof_due(contract.ends_on)) for contract in over if str(contract.pk) not in proved]


def _require_names(*names: str) -> None:
    """Let nobody and nothing be on record without a name, by a command either."""
    if not all(name.strip() and len(name) <= NAME_LENGTH_MAX for name in names):
        raise OperatorFault(
            "name_form", f"company, 件名, 取扱責任者 and worker are named, each in at most {NAME_LENGTH_MAX} characters"
        )


def _worker(number: int) -> RosterWorker:
    line = RosterWorker.objects.select_for_update().filter(pk=number).first()
    if line is None:
        raise OperatorFault(
            "no_such_worker", "there is no such line of the roster; the list of contracts shows those there are"
        )
    return line


def _require_earlier(day: date, before: date | None) -> None:
    if before is not None and day >= before:
        raise OperatorFault(
            "later_than_now", "an end is only brought forward; a longer time is another contract or line"
        )


def _end_account_sessions(line: RosterWorker) -> None:
    account = StaffAccount.objects.filter(login=line.login).first() if line.login else None
    if account is not None:
        end_sessions(account)
