"""Every text of the ledger's modules that could be SQL, with where it stands, for tests that read all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import kofu.ledger

ROOT = Path(kofu.ledger.__file__).parent


def statements() -> Iterator[tuple[str, str, ast.AST | None, str]]:
    """Give every text of the ledger's modules: module, outermost function ("<module>"), its node, the text.

    A text with values put into it is one text, with a "?" for each.
    """
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("migrations/"):
            continue
        for top in ast.parse(path.read_text(encoding="utf-8")).body:
            function = top if isinstance(top, ast.FunctionDef) else None
            for text in _texts(top):
                yield name, top.name if function else "<module>", function, text


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "?" for part in node.values)
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _texts(child)
