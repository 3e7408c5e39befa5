"""Our own gateway keeps every clause, over real TLS; each planted fault is caught by the clause meant, and no other."""

from __future__ import annotations

import dataclasses
import ssl
from pathlib import Path

import msgspec
import pytest
from psycopg_pool import ConnectionPool
from tests.conformance import servers
from tests.conformance.servers import Faulty, RunningClock, Served
from tests.issuing.feed_maker import serial_of
from tests.issuing.world import NOON, World, people
from typer.testing import CliRunner

from kofu.certificates.render import CertificatePress
from kofu.cli import build
from kofu.conformance import lines
from kofu.conformance.plan import ConformancePlan, Files, Subject, read_plan
from kofu.conformance.run import CLAUSES, run
from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind
from kofu.issuing.serving.gateway import create_app
from kofu.issuing.serving.workers import Workers, WorkerSlot
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.tls import TlsFiles, make_development_ca

pytestmark = [pytest.mark.storage, pytest.mark.font, pytest.mark.slow]
ONE, TWO, NOBODY = map(serial_of, ("00a1", "00a2", "ffff"))
PLAN = ConformancePlan(
    municipality_code="139998",
    other_municipality_code="011002",
    kind=CertificateKind.TAXATION,
    fiscal_year=2026,
    unknown_serial=NOBODY,
    tls=Files("ca.pem", "center.pem", "center.key"),
    subjects=(
        Subject(ONE, "見本区1丁目1番1号"),
        Subject(TWO, "見本区2丁目1番2号"),
    ),
    rounds=1,
)


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"), clock=RunningClock(NOON))
    residents, cards, assessments = people(2)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture(scope="module")
def press() -> CertificatePress:
    return CertificatePress(read_font(ensure_font()))


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    make_development_ca(folder)
    return lambda name: TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")


@pytest.fixture(autouse=True)
def bytes_come_quickly(request, monkeypatch):
    """Let the slow client send within a second where the clause about it is not what the test is of."""
    if not any(of in request.node.name for of in ("test_our_own_gateway_keeps_every_clause", "waits for the slow")):
        monkeypatch.setattr(lines, "BYTE_SECONDS", 0.003)


@pytest.fixture
def broken(ward, press, tls, unused_port_factory):
    """Serve the gateway with a fault, run the kit, and give the names of the clauses that were broken."""

    def running(fault=None, **changes) -> dict[str, str]:
        def open_workers():
            pool = ConnectionPool(ward.database.app_url, min_size=2, max_size=2, kwargs={"autocommit": True}, open=True)
            return Workers(pool, tuple(WorkerSlot(ward.issuer(press, lane=f"lane-{n}")) for n in range(2)))

        app = create_app(open_workers)
        app = app if fault is None else Faulty(app, fault)
        with Served(app, tls("issuing"), unused_port_factory(), **changes) as server:
            report = run(server.url, PLAN, tls("center"), clock=ward.clock)
        assert len(report.findings) == len(CLAUSES)
        return {finding.clause: finding.seen for finding in report.findings if not finding.kept}

    return running


def test_our_own_gateway_keeps_every_clause(broken) -> None:
    assert broken() == {}


def test_the_faulty_server_without_a_fault_keeps_every_clause(broken) -> None:
    """What the next tests plant is all that is wrong."""
    assert broken(servers.Fault()) == {}


FAULTS = {
    "swaps pairs": (servers.SwapsPairs, {"issue.same-second"}),
    "forgets ids": (lambda: servers.ForgetsIds(other_body_only=False), {"repeat.same-body", "repeat.at-once"}),
    "takes an id for another body": (lambda: servers.ForgetsIds(other_body_only=True), {"repeat.other-body"}),
    "takes any size": (servers.TakesAnySize, {"body.too-large"}),
    "takes unknown fields": (servers.TakesUnknownFields, {"body.unknown-field"}),
    "takes any kind": (lambda: servers.Rewrites(lambda _: {"kind": "taxation"}), {"body.unknown-kind"}),
    "takes what is not JSON": (servers.TakesAnything, {"body.not-json"}),
    "takes no copies for one": (
        lambda: servers.Rewrites(lambda asked: {"copies": asked["copies"] or 1}),
        {"body.limits"},
    ),
    "serves every municipality": (
        lambda: servers.Rewrites(
            lambda asked: {"municipality_code": "139998"} if asked["municipality_code"] == "011002" else {}
        ),
        {"municipality.request"},
    ),
    "shows every municipality a menu": (servers.AnswersEveryMunicipality, {"municipality.menu"}),
    "issues to strangers": (
        lambda: servers.Rewrites(lambda asked: {"serial": ONE} if asked["serial"] == NOBODY else {}),
        {"refusal.unknown-serial"},
    ),
    "states a wrong digest": (lambda: servers.Retells(lambda one: {"sha256": one["sha256"][::-1]}), {"issue.document"}),
    "cuts papers": (servers.CutsPapers, {"issue.papers-beside"}),
    "numbers all alike": (
        lambda: servers.Retells(lambda _: {"certificate_number": "1"}),
        {"issue.numbers", "issue.same-second"},
    ),
    "contradictions taken": (lambda: servers.PrintsAnswered(409, 204), {"print.contradiction"}),
    "results of nothing taken": (lambda: servers.PrintsAnswered(404, 204), {"print.unknown-id"}),
    "a repeated result refused": (lambda: servers.PrintsAnswered(204, 409, again=True), {"print.repeated"}),
    "waits for the slow": (servers.OneAtATime, {"line.slow-client"}),
}


@pytest.mark.parametrize(("fault", "clauses"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_caught_by_the_clause_meant(broken, fault, clauses) -> None:
    assert set(broken(fault())) == clauses


def test_papers_that_come_late_are_caught(broken, ward) -> None:
    assert set(broken(servers.RepliesLate(ward.clock))) == {"deadline.kept"}


def test_papers_made_after_their_deadline_are_caught(broken, ward) -> None:
    def later(asked):
        over = asked["deadline"] < ward.clock().isoformat()
        return {"deadline": ward.clock().replace(year=2027).isoformat()} if over else {}

    assert set(broken(servers.Rewrites(later))) == {"deadline.past"}


def test_a_paper_of_another_person_is_caught(broken) -> None:
    swapped = servers.Rewrites(lambda asked: {"serial": TWO} if asked["serial"] == ONE else {})
    assert {"issue.own-paper", "issue.same-second"} <= set(broken(swapped))


def test_an_older_tls_is_caught(broken) -> None:
    assert set(broken(ssl_context_factory=None)) == {"tls.version"}


def test_a_line_that_asks_for_no_certificate_is_caught(broken) -> None:
    found = broken(servers.NamesEverybodyCenter(), ssl_cert_reqs=ssl.CERT_NONE)
    assert set(found) == {"tls.client-certificate", "tls.foreign-authority"}


PLAN_FILE = """
municipality_code = "139998"
other_municipality_code = "011002"
kind = "taxation"
fiscal_year = 2026
unknown_serial = "0000000000000000000000000000ffff"
tls = {{ authority = "{authority}", certificate = "{certificate}", key = "{key}" }}

[[subjects]]
serial = "000000000000000000000000000000a1"
mark = "見本区1丁目1番1号"

[[subjects]]
serial = "000000000000000000000000000000a2"
mark = "見本区2丁目1番2号"
"""


def plan_file(folder: Path, tls) -> Path:
    path = folder / "plan.toml"
    path.write_text(PLAN_FILE.format(**dataclasses.asdict(tls("center"))), encoding="utf-8")
    return path


def test_the_command_reports_in_text_and_json_and_by_its_exit_code(tmp_path, tls, unused_port_factory) -> None:
    """Nobody listens: every clause that asks something is broken, and those of silence are kept."""
    url = f"https://127.0.0.1:{unused_port_factory()}"
    words = ["conformance", url, "--plan", str(plan_file(tmp_path, tls)), "--only", "menu"]
    said = CliRunner().invoke(build(), words)
    assert (said.exit_code, "BROKEN menu" in said.output, "1 clauses, 1 broken" in said.output) == (1, True, True)
    told = CliRunner().invoke(build(), [*words, "--json"])
    finding = msgspec.json.decode(told.output)["findings"][0]
    assert (told.exit_code, finding["clause"], finding["kept"]) == (1, "menu", False)


@pytest.mark.parametrize(
    "text", ["colour = 1\n", "[[subjects]]\nserial = '000000000000000000000000000000a1'\nmark = 'ab'\n"]
)
def test_a_plan_that_is_wrong_is_not_run(tmp_path, tls, text) -> None:
    path = plan_file(tmp_path, tls)
    path.write_text(text if text.startswith("colour") else path.read_text() + text)
    with pytest.raises(OperatorFault, match=r"plan\.toml"):
        read_plan(path)
    assert CliRunner().invoke(build(), ["conformance", "https://x", "--plan", str(path)]).exit_code == 2


def test_every_clause_has_a_name_of_its_own_and_quotes_a_rule() -> None:
    assert len({clause.name for clause in CLAUSES}) == len(CLAUSES)
    assert all(len(clause.rule) > 10 for clause in CLAUSES)
