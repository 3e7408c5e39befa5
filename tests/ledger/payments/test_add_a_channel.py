"""docs/how-to/add-a-channel.md, followed step by step: the layout it writes down reads the file it shows."""

from __future__ import annotations

import re
import subprocess
import textwrap
from datetime import date
from pathlib import Path

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments.domain.batches import FileContent
from kofu.ledger.payments.files import kind_of, reader_for

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "add-a-channel.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Give the block of a step."""
    found = re.search(rf"^   ```{language}\n(.*?)^   ```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return textwrap.dedent(found[1])


def read(folder: Path, content: bytes) -> FileContent:
    layouts = Layouts(folder, specimen=False)
    return reader_for(kind_of("electronic"), layouts, name="x", processed_on=date(2026, 9, 1))(content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Step 1, and step 2: the page's own command, run in a copy of the tree's place for it."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    subprocess.run(["bash", "-e", "-c", block("sh")], cwd=tmp_path, check=True)
    made = tmp_path / "layouts"
    (made / "electronic_payments.toml").write_text(block("toml"), encoding="utf-8")
    return made


def file_of_the_page() -> bytes:
    """Step 4: lines as the agency ends them; the page cannot show the spaces at the end of one."""
    return "".join(f"{line:<50}\r\n" for line in block("text").splitlines()).encode("ascii")


def test_every_path_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:src|tests)/[\w/.]+)`", PAGE)
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_layout_of_the_page_reads_the_file_of_the_page(folder: Path) -> None:
    content = read(folder, file_of_the_page())
    assert content.problems == ()
    assert [(row.notice_number, row.installment, row.amount, row.received_on) for row in content.rows] == [
        ("20260000000000001", "1", 30_000, date(2026, 6, 30)),
        ("20260000000000001", "2", 15_000, date(2026, 8, 31)),
    ]


def test_a_file_that_is_not_what_the_layout_says_and_a_layout_that_cannot_be_are_found(folder: Path) -> None:
    """What the page promises of mistakes."""
    wrong = file_of_the_page().replace(b"45000", b"45001")
    assert read(folder, wrong).problems != ()
    layout = folder / "electronic_payments.toml"
    layout.write_text(layout.read_text(encoding="utf-8").replace('name = "transaction"', 'name = "anything"'), "utf-8")
    with pytest.raises(OperatorFault, match="transaction"):
        read(folder, file_of_the_page())
    (folder / "electronic_payments.toml").unlink()
    with pytest.raises(OperatorFault, match=r"electronic_payments\.toml"):
        read(folder, file_of_the_page())
