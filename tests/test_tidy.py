"""The style is itself a test: what a reader of this code may rely on without looking."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.used_definitions import unused

from kofu.evidence.table import promise_table

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "kofu"
PURE = ("core", "contracts", "judgement")
LONGEST_MODULE_LINES = 500


def modules() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def pure_modules() -> Iterator[Path]:
    for path in modules():
        package = path.relative_to(SOURCE).parts[0]
        if "domain" in path.parts or package in PURE:
            yield path


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_a_module_says_what_it_is_and_stays_readable() -> None:
    """STYLE: modules of 100–300 lines, past 500 they are split; each begins with what it is for."""
    long, silent = [], []
    for path in modules():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONGEST_MODULE_LINES:
            long.append(name_of(path))
        if text and not ast.get_docstring(ast.parse(text)):
            silent.append(name_of(path))
    assert (long, silent) == ([], [])


#: `publish` is the entry point that draws the published contracts from the code: it writes files, that is its work.
ENTRY_POINTS = {"contracts/publish.py"}


BANNED_CALLS = {
    "now",
    "utcnow",
    "today",
    "open",
    "urandom",
    "uuid4",
    "token_hex",
    "getenv",
    "read_text",
    "write_text",
}
BANNED_IMPORTS = {
    "random",
    "secrets",
    "os",
    "time",
    "socket",
    "subprocess",
    "pathlib",
    "psycopg",
    "django",
    "httpx",
}


def impure(path: Path) -> Iterator[str]:
    """Name each place where a module reaches for a clock, chance or a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in BANNED_CALLS:
                yield f"{name_of(path)}:{node.lineno}: {called}()"
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] in BANNED_IMPORTS:
                yield f"{name_of(path)}:{node.lineno}: import {name}"


def test_a_decision_has_no_clock_no_randomness_no_files() -> None:
    """DESIGN §3: core, contracts and domain are pure; the time and the ids come in as arguments."""
    checked = [path for path in pure_modules() if name_of(path) not in ENTRY_POINTS]
    assert checked
    assert [place for path in checked for place in impure(path)] == []


def swallowed(path: Path) -> Iterator[str]:
    """Name each handler that hides whatever went wrong."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{name_of(path)}:{node.lineno}: bare except"
            broad = isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            if broad and all(isinstance(statement, ast.Pass) for statement in node.body):
                yield f"{name_of(path)}:{node.lineno}: swallows every exception"


def test_no_failure_is_swallowed() -> None:
    """No shrug (P9). No bare except, no except that only passes on every exception."""
    assert [place for path in modules() for place in swallowed(path)] == []


def test_what_is_impure_or_swallowed_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the eyes of the two tests above are open."""
    monkeypatch.setitem(name_of.__globals__, "SOURCE", tmp_path)
    planted = tmp_path / "planted.py"
    planted.write_text("import time\ntry:\n    today()\nexcept Exception:\n    pass\n", encoding="utf-8")
    assert list(impure(planted)) == ["planted.py:1: import time", "planted.py:3: today()"]
    assert list(swallowed(planted)) == ["planted.py:4: swallows every exception"]


#: What people write and what a file names: kept whole, refused, or cut so that it shows (`core.short_text`).
WORDS = {"reason", "finding", "how", "what", "words", "source", "summary", "text", "name", "message", "chain", "method"}
CUT_FROM = 20


def cut_in(path: Path) -> list[str]:
    """Where words lose their end unsaid: `reason[:200]`, `finding.strip()[:LENGTH_MAX]`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.lower is None):
            continue
        named = {getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node.value)}
        upper = node.slice.upper
        long = isinstance(upper, ast.Constant) and isinstance(upper.value, int) and upper.value >= CUT_FROM
        if named & WORDS and (long or (isinstance(upper, ast.Name) and upper.id.endswith("_MAX"))):
            found.append(f"{path.name}:{node.lineno} {ast.unparse(node)}")
    return found


def test_no_words_lose_their_end_unsaid() -> None:
    """A reason that is cut says something else to who decides, and nobody knows."""
    assert [cut for path in modules() if path.name != "short_text.py" for cut in cut_in(path)] == []


@pytest.mark.parametrize("line", ["reason[:200]", "what.strip()[:200]", "new.finding[:FINDING_LENGTH_MAX]"])
def test_words_that_lose_their_end_would_be_seen(line: str, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(f"kept = {line}\n", encoding="utf-8")
    assert cut_in(tmp_path / "one.py")


def test_decisions_reach_of_certificates_only_its_domain() -> None:
    """DESIGN §3: domain imports only core and other domain. import-linter's list must shut the rest."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    shut = {
        name for one in contracts if one["name"].startswith("Decisions are pure") for name in one["forbidden_modules"]
    }
    parts = {path.stem for path in (SOURCE / "certificates").glob("*.py")}
    parts |= {path.parent.name for path in (SOURCE / "certificates").glob("*/__init__.py")}
    assert {f"kofu.certificates.{part}" for part in parts - {"__init__", "domain"}} <= shut


def test_no_unfinished_mark_stands_in_the_tree() -> None:
    """STYLE: no placeholder, no stub, no TODO."""
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = [
        f"{name_of(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marks.search(line)
    ]
    assert found == []


def test_every_dependency_has_its_reason() -> None:
    """House rule: each dependency has a line in docs/dependencies.md."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    block = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert block
    names = re.findall(r'"([A-Za-z0-9-]+)', block.group(1))
    assert names
    assert [name for name in names if name.lower().split("[")[0] not in reasons] == []


def migrations_without_followers(folder: Path) -> set[str]:
    """The migrations of a system that no other of it names as what comes before."""
    names = {path.stem for path in folder.glob("0*.py")}
    before = {
        pair.elts[1].value
        for name in names
        for kept in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")))
        if isinstance(kept, ast.Assign) and ast.unparse(kept.targets[0]) == "dependencies"
        for pair in ast.walk(kept.value)
        if isinstance(pair, ast.Tuple) and isinstance(pair.elts[1], ast.Constant)
    }
    return names - before


@pytest.mark.parametrize("folder", sorted(SOURCE.rglob("migrations")), ids=lambda folder: folder.parent.name)
def test_the_migrations_of_a_system_have_one_end(folder: Path) -> None:
    """Two branches that each put one behind the last make a tree from which no database can be made."""
    assert len(migrations_without_followers(folder)) == 1


def test_two_ends_of_migrations_would_be_seen(tmp_path: Path) -> None:
    for name, after in (("0001_a", "[]"), ("0002_b", '[("s", "0001_a")]'), ("0003_c", '[("s", "0001_a")]')):
        (tmp_path / f"{name}.py").write_text(f"class Migration:\n    dependencies = {after}\n")
    assert migrations_without_followers(tmp_path) == {"0002_b", "0003_c"}


def test_what_is_generated_or_private_is_not_kept_in_the_repository() -> None:
    """Keys, databases and certificates live under var/, which git does not track."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    tracked = listed.stdout.splitlines()
    assert [path for path in tracked if path.startswith("var/") or path.endswith((".pem", ".key"))] == []


def test_whoever_silences_the_type_checker_says_why() -> None:
    silent = [
        f"{name_of(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"#\s*type: ignore(\[[\w, -]+\])?\s*$", line)
    ]
    assert silent == []


def _test_modules_imported(tree: ast.AST) -> Iterator[str]:
    """Give the names of test modules (`test_…`) a module imports, whole or in part."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{one.name}" for one in node.names)]
        yield from (name for name in names if name.startswith("tests.") and ".test_" in name)


def test_no_test_imports_a_test_module() -> None:
    """What tests share stands in helper modules: a test file can be renamed, split or deleted by itself."""
    importing = {
        path.relative_to(ROOT).as_posix()
        for folder in ("tests", "bench", "scripts")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if list(_test_modules_imported(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert importing == set()


@pytest.mark.parametrize(
    "line", ["from tests.a.test_b import C", "from tests.a import test_b", "import tests.a.test_b as b"]
)
def test_an_import_of_a_test_module_is_seen_however_it_is_written(line: str) -> None:
    assert list(_test_modules_imported(ast.parse(line)))


#: Words that begin a statement of SQL; a text of a screen begins with none of them.
STATEMENT = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|COPY|CALL|LOCK)\s", re.ASCII)
SQL_CALLS = {"execute", "executemany", "cursor", "copy", "fetchone", "fetchall", "raw", "extra"}
#: Receivers whose method is another thing of the same name.
NO_DATABASE = {"GET", "POST"}


def screens() -> Iterator[Path]:
    """Modules of people's screens: a folder `web`, and the views of `staff`."""
    for path in modules():
        if "web" in path.parts or (path.parts[-2] == "staff" and path.stem.endswith("views")):
            yield path


def sql_in(path: Path) -> set[str]:
    """Give what of a module speaks SQL, by line."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value):
            found.add(f"{name_of(path)}:{node.lineno}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL_CALLS:
            receiver = ast.unparse(node.func.value).rpartition(".")[2]
            if receiver not in NO_DATABASE:
                found.add(f"{name_of(path)}:{node.lineno}")
    return found


def test_no_screen_speaks_sql() -> None:
    """ADR 3: statements stand in the use cases and read modules of a feature; its screens call them."""
    assert [line for path in screens() for line in sql_in(path)] == []


@pytest.mark.parametrize(
    "line", ["c.execute(words)", "with c.cursor() as cursor: ...", 'LIST = """\n  SELECT 1"""', "Office.objects.raw(x)"]
)
def test_sql_on_a_screen_would_be_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(name_of.__globals__, "SOURCE", tmp_path)
    page = tmp_path / "ledger" / "web" / "page.py"
    page.parent.mkdir(parents=True)
    page.write_text(line, encoding="utf-8")
    assert list(screens()) == [page]
    assert len(sql_in(page)) == 1


#: Public class names two modules may share, each for a reason. Beside them a table may have the name of what it stores.
ONE_WORD_TWICE = {
    "Acting": "who acts: in `issuing` by a clock, in the ledger at an instant; no system imports another",
    "Challenge": "the centre stores what the contract's message of this name says",
    "HoldOutbox": "the same table in two systems, which share no database",
    "Session": "the centre stores what the contract's message of this name says",
}

#: Names that say nothing of what they name: of modules, classes, functions and, but for two, methods.
RIDDLES = {
    "about", "anew", "apart", "as", "by", "each", "happened", "how", "in", "is_it", "it", "no", "of", "on",
    "other", "said", "say", "so", "some", "tell", "there", "told", "under", "well", "what", "who", "whose",
    "why", "with", "word",
}  # fmt: skip
#: `FontFile.of(data)` makes one, `marks.on(page)` asks one.
RIDDLES_OF_METHODS = RIDDLES - {"of", "on"}


def stores_rows(module: str) -> bool:
    """Whether a module holds a system's tables (Django models)."""
    stem = module.rpartition("/")[2].removesuffix(".py")
    return stem in {"tables", "models"} or stem.endswith("_tables")


def room_of(module: str) -> str:
    """The room a module lies in: `ledger/books`; of what has no rooms the system: `center`."""
    system, *rest = module.split("/")
    return f"{system}/{rest[0]}" if system in {"ledger", "issuing"} and len(rest) > 1 else system


def names_with_two_meanings(classes: dict[str, set[str]]) -> dict[str, set[str]]:
    """Of class names and the modules that define them: those of several modules, but for a table of its value."""
    found = {}
    for name, defined in classes.items():
        values = {module for module in defined if not stores_rows(module)}
        tables = {module for module in defined - values if room_of(module) not in {room_of(one) for one in values}}
        if len(values) + len(tables) > 1:
            found[name] = values | tables
    return found


def public_classes() -> dict[str, set[str]]:
    """Give every public class name of the program with the modules that define it."""
    found: dict[str, set[str]] = {}
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, set()).add(name_of(path))
    return found


def riddles(path: Path) -> Iterator[str]:
    """Name each module, class and function that is called by a word without a meaning."""
    if path.stem in RIDDLES:
        yield name_of(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    methods = {id(part) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for part in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            banned = RIDDLES_OF_METHODS if id(node) in methods else RIDDLES
            if node.name.strip("_").lower() in banned:
                yield f"{name_of(path)}:{node.lineno}: {node.name}"


def test_one_class_name_has_one_meaning() -> None:
    """STYLE: one word, one meaning. Whoever reads `Problem` must not have to ask which of five."""
    assert {
        name: defined
        for name, defined in names_with_two_meanings(public_classes()).items()
        if name not in ONE_WORD_TWICE
    } == {}


def test_every_name_let_stand_twice_does_stand_twice() -> None:
    assert set(ONE_WORD_TWICE) <= set(names_with_two_meanings(public_classes()))


def test_no_name_is_a_riddle() -> None:
    """STYLE: a newcomer finds the thing by its name; `said`, `_why` and `No` name nothing."""
    assert [place for path in modules() for place in riddles(path)] == []


@pytest.mark.parametrize(
    "defined",
    [
        {"ledger/books/domain/claims.py", "ledger/arrears/tables.py"},
        {"ledger/holds/tables.py", "registry/models.py"},
        {"ledger/books/domain/claims.py", "ledger/books/journal.py"},
        {"center/answers.py", "kiosk/wording.py"},
    ],
)
def test_a_name_with_two_meanings_would_be_seen(defined: set[str]) -> None:
    assert names_with_two_meanings({"Name": defined}) == {"Name": defined}


@pytest.mark.parametrize(
    "defined",
    [{"ledger/books/domain/claims.py", "ledger/books/tables.py"}, {"center/domain/stops.py", "center/models.py"}],
)
def test_a_table_may_be_called_as_the_value_it_stores(defined: set[str]) -> None:
    assert names_with_two_meanings({"Name": defined}) == {}


def test_a_riddle_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(name_of.__globals__, "SOURCE", tmp_path)
    planted = tmp_path / "told.py"
    planted.write_text(
        "class No:\n    def of(self): ...\n    def said(self): ...\n\n\ndef _why(): ...\n", encoding="utf-8"
    )
    assert list(riddles(planted)) == ["told.py", "told.py:1: No", "told.py:6: _why", "told.py:3: said"]


#: What only tests use, and why it is in the product all the same.
FOR_TESTS = {
    r"certificates\.last_look\.(approval\.\w+|form_ink\.write_form_ink)": "they write the list of a form",
    r".*\.(arrows|mermaid)": "the table says itself what the diagram in the docs and the database's trigger must say",
    r"ledger\..*\.codecs\.\w+\.(en|de)code\w*": "the other side of a file, kept beside the side in use",
    r"ledger\.slips\.codecs\.el_qr\.\w+": "eL-QR as published: docs/how-to/payment-files.md",
    r"platform\.audit\.(GENESIS|instant_text|link\w*)": "the rule of the hash, for readers outside",
    r"press\.glyphs\.GlyphCoverage\.registered_sequences": "every sequence of the font is drawn and read back",
    r"cli\.shared\.declared\.declared_command": "read by the test that every command declares what it is",
    r"staff\.(gate\.StaffGate|headers\.PostedTextMiddleware)\.process_\w+": "Django calls it",
    r"staff\.passwords\.OwnWordsValidator\.\w+": "Django calls it",
    r"platform\.even_lines\.EvenServer\.wait_closed": "uvicorn calls it",
    r"staff\.work\.close_connections": "ends the pools of a server that lives in a test",
}


def test_the_product_defines_nothing_that_only_tests_use() -> None:
    """Whoever reads a definition may take it that something running calls it; a test of dead code proves nothing."""
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file() and b"python" in path.read_bytes()[:40]]
    looks = {check.function.replace(":", ".") for check in promise_table().checks}  # found by name, as the table says
    found = [name.removeprefix("kofu.") for name in unused(SOURCE, scripts) if name not in looks]
    assert [name for name in found if not any(re.fullmatch(allowed, name) for allowed in FOR_TESTS)] == []


def test_a_definition_nobody_uses_is_seen_and_one_that_is_used_is_not(tmp_path: Path) -> None:
    root = tmp_path / "one"
    root.mkdir()
    (root / "__init__.py").write_text("from one.low import passed_on\n", encoding="utf-8")
    (root / "low.py").write_text(
        "def dead(): return dead()\ndef alive(): ...\ndef by_module(): ...\ndef passed_on(): ...\n@app.command()\n"
        "def verb(): ...\nclass Thing:\n    def dead_method(self): ...\n    def alive_method(self): ...\n",
        encoding="utf-8",
    )
    (root / "high.py").write_text(
        "from one import low, passed_on\nfrom one.low import Thing, alive\n"
        "_all = (alive, low.by_module, Thing().alive_method)\n",
        encoding="utf-8",
    )
    assert unused(root) == ["one.low.dead", "one.low.Thing.dead_method"]
