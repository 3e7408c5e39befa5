"""Who may do what is one table; the table itself is checked whole."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kofu.core.errors import OperatorFault, OurFault
from kofu.staff.permissions import PERMISSIONS, read_permissions

SYSTEMS = ("ledger", "issuing")


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_screen_declares_an_action_of_the_table(system):
    """No screen without: the gate refuses what declares nothing, and this finds it before anybody meets it."""
    done = subprocess.run(
        [sys.executable, "-m", "kofu", "staff", "screens", system],
        env={**os.environ, "PYTHONPATH": "src", f"KOFU_{system.upper()}_DATABASE_URL": "postgresql:///nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    screens = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(screens) > 10
    assert [name for _, name, declared in screens if declared == "none"] == []
    public = {name for _, name, declared in screens if declared == "public"}
    assert public == {"healthz", "account_login", "mfa_authenticate", "account_inactive"}
    foreign = [
        name
        for _, name, declared in screens
        if declared not in {"none", "public"} and system not in PERMISSIONS.action(declared).systems
    ]
    assert foreign == []


def test_the_administrator_of_accounts_sees_no_person():
    """Whoever hands out rights does not look people up, and who looks people up hands out no rights."""
    persons = [action.code for action in PERMISSIONS.actions if action.code.startswith("person.")]
    assert persons
    assert not any(PERMISSIONS.allows("administrator", code, "ledger") for code in persons)
    assert not any(PERMISSIONS.allows("clerk", code, "ledger") for code in ("account.create", "account.reset"))


@pytest.mark.parametrize(
    ("proposed", "approved"),
    [
        ("overpayment.propose", "overpayment.approve"),
        ("waiver.propose", "waiver.approve"),
        ("writeoff.propose", "writeoff.approve"),
        ("payment.correct", "payment.approve"),
        ("dunning.make", "dunning.approve"),
    ],
)
def test_who_proposes_does_not_approve(proposed, approved):
    """Four eyes: no role may do both halves of a decision about money."""
    for role in PERMISSIONS.roles:
        both = PERMISSIONS.allows(role.code, proposed, "ledger") and PERMISSIONS.allows(role.code, approved, "ledger")
        assert not both, role.code


#: What an auditor does about the record itself: answers from it, and signs that it was looked through.
ABOUT_THE_RECORD = {"audit.person", "audit.resolve", "audit.review", "audit.review.sign", "audit.watch"}


def test_an_auditor_changes_nothing():
    changing = [
        action.code
        for action in PERMISSIONS.actions
        if "auditor" in action.roles
        and not action.code.endswith((".view", ".verify"))
        and action.code not in ABOUT_THE_RECORD
    ]
    assert changing == ["list.export"], "what was shown, as a file on record"


def test_an_action_of_another_system_is_not_allowed():
    assert PERMISSIONS.allows("certificate_operator", "case.sign", "issuing")
    assert not PERMISSIONS.allows("certificate_operator", "case.sign", "ledger")


def test_an_unknown_action_is_a_defect_not_a_refusal():
    with pytest.raises(OurFault, match="no action"):
        PERMISSIONS.action("person.veiw")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{ code = "x", label = "x", section = "s", systems = ["ledger"], roles = ["nobody"] }', "nobody"),
        ('{ code = "x", label = "x", section = "t", systems = ["ledger"], roles = ["*"] }', "unknown section t"),
        ('{ code = "x", label = "x", section = "s", systems = ["ledger"], roles = [] }', "no roles"),
        ('{ code = "x", label = "x", section = "s", systems = ["ledger"] }', "roles"),
    ],
)
def test_a_table_with_a_mistake_is_refused_by_name(tmp_path, entry, message):
    table = tmp_path / "permissions.toml"
    table.write_text(
        'format = "kofu-permissions/1"\nroles = []\npurposes = []\n'
        f'sections = [{{ code = "s", label = "s" }}]\nactions = [{entry}]\n',
        encoding="utf-8",
    )
    with pytest.raises(OperatorFault, match=message):
        read_permissions(table)


#: Modules with addresses for machines, and the published contract that names who may ask at each of them.
MACHINES = {"issuing/serving/gateway.py": "ISSUING", "center/app.py": "CENTER", "registry/app.py": "REGISTRY"}
#: Addresses that tell nothing of anybody: whether the process lives, and the contract itself.
ASKED_BY_ANY_MACHINE = {"/healthz", "/readyz", "/v1/openapi.json"}
#: The card authority's, as RFC 6960 and RFC 5280 have them, no contract of ours; the module itself names who may ask.
OF_THE_CARDS = {"/v1/ocsp", "/v1/crl"}
#: Applications whose addresses are for a person before a screen, or for a witness who knows digests alone.
NO_MACHINES = {"kiosk/app.py", "center/verification.py", "platform/audit_witness.py", "cli/up/start_page.py"}


def addresses_in(path: Path) -> set[str]:
    """Give the addresses a module routes: the texts that begin with a slash in calls of `Route` or `_route`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2] in {"Route", "_route"}
        for argument in call.args
        if isinstance(argument, ast.Constant) and str(argument.value).startswith("/")
    }


def test_every_address_for_machines_names_in_its_contract_who_may_ask():
    """Roles × operations for machines: an address without callers, or a module nobody thought of, is found here."""
    from kofu.contracts import openapi

    source = Path(__file__).parents[2] / "src" / "kofu"
    routing = {str(path.relative_to(source)): found for path in source.rglob("*.py") if (found := addresses_in(path))}
    assert set(routing) == MACHINES.keys() | NO_MACHINES
    for module, contract in MACHINES.items():
        named = {one.path for one in getattr(openapi, contract).operations if one.callers}
        assert routing[module] - ASKED_BY_ANY_MACHINE - OF_THE_CARDS - named == set(), module


class TestPage:
    """権限表 on the screen: the whole table, folded by what it is about, narrowed without a script."""

    @staticmethod
    def rows(page: str) -> list[str]:
        return re.findall(r'<tr><th scope="row">([^<]+)</th><td class="mark">', page)

    def test_every_action_of_the_system_stands_on_the_page_once_in_a_section(self, ledger_screens):
        """The page shows the very table that decides: nothing is left out by the folding."""
        page = ledger_screens.client("clerk").get("/staff/permissions/").content.decode()
        assert sorted(self.rows(page)) == sorted(one.label for one in PERMISSIONS.of_system("ledger"))
        assert page.count('<details class="fold" data-print-open>') == page.count("</table></details>") > 10
        unfolded = ledger_screens.client("clerk").get("/staff/permissions/?unfolded=1").content.decode()
        assert self.rows(unfolded) == self.rows(page)
        assert '<details class="fold" data-print-open>' not in unfolded

    def test_what_is_asked_for_is_shown_unfolded_and_nothing_else(self, ledger_screens):
        client = ledger_screens.client("clerk")
        page = client.get("/staff/permissions/", {"words": "不納欠損", "role": ""}).content.decode()
        assert self.rows(page) == [one.label for one in PERMISSIONS.of_system("ledger") if "不納欠損" in one.label]
        assert '<details class="fold" data-print-open>' not in page
        page = client.get("/staff/permissions/", {"words": "", "role": "auditor"}).content.decode()
        allowed = [one.label for one in PERMISSIONS.of_system("ledger") if PERMISSIONS.may("auditor", one)]
        assert sorted(self.rows(page)) == sorted(allowed)
        assert "個人を探す" not in self.rows(page)
        both = client.get("/staff/permissions/", {"words": "不納欠損", "role": "auditor"}).content.decode()
        assert self.rows(both) == ["時効・不納欠損の一覧を見る"]

    def test_what_nothing_answers_to_is_said(self, ledger_screens):
        client = ledger_screens.client("clerk")
        assert "条件に合う操作はありません" in client.get("/staff/permissions/?words=xyz").content.decode()
        unknown = client.get("/staff/permissions/?role=nobody").content.decode()
        assert self.rows(unknown) == [], "what was not understood is not answered by something else"
