"""Draw docs/diagrams.md from the code: `python scripts/draw_diagrams.py docs` (part of `make docs`).

What imports what is read out of the sources; an arrow that follows from others is left out. The walk of a request is
told here, and each of its steps is refused unless the code has it: one module imports the other, or both the contract
between them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kofu"


class Step(NamedTuple):
    """One message of the walk: modules under `kofu`; `by`: the contract, where it goes from system to system."""

    caller: str
    callee: str
    says: str
    by: str = ""


#: A request, from the touch on a kiosk to the print result.
WALK = (
    Step("kiosk.app", "kiosk.center_client", "a choice, the card's certificate"),
    Step("kiosk.center_client", "center.app", "request", "contracts.center"),
    Step("center.app", "center.card_check", "is the certificate valid?"),
    Step("center.app", "center.neighbours", "the ward of the card"),
    Step("center.neighbours", "issuing.serving.gateway", "request, over mutual TLS", "contracts.issuing"),
    Step("issuing.serving.gateway", "issuing.requests.issue", "on one of a fixed number of threads"),
    Step("issuing.requests.issue", "issuing.requests.receive", "stored, facts read, numbers drawn: one statement"),
    Step("issuing.requests.issue", "issuing.requests.domain.eligibility", "may it be? first reason wins"),
    Step("issuing.serving.runtime", "certificates.make", "content and press: a PDF"),
    Step("certificates.make", "certificates.last_look", "the finished bytes read again"),
    Step("issuing.requests.issue", "issuing.requests.release", "may it leave now? journal and record, one commit"),
    Step("issuing.requests.release", "issuing.requests.leaving", "the one rule of every first paper and repeat"),
    Step("issuing.requests.issue", "issuing.requests.hand_over", "the paper, for ever the same"),
    Step("issuing.serving.gateway", "issuing.requests.report_print", "what became of it, once"),
)


@cache
def imports_of(module: str) -> frozenset[str]:
    """Give every module of kofu that a module imports, wherever in it."""
    path = SOURCE / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return frozenset(name.removeprefix("kofu.") for name in found if name.startswith("kofu."))


def arrows(under: str) -> set[tuple[str, str]]:
    """Give which part of a package imports which other, `under` "" for kofu itself."""
    folder = SOURCE / Path(*under.split(".")) if under else SOURCE
    parts = {path.name for path in folder.iterdir() if (path / "__init__.py").exists() and path.name != "migrations"}
    begins = f"{under}." if under else ""
    found = set()
    for part in parts:
        for path in (folder / part).rglob("*.py"):
            module = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
            for name in imports_of(module):
                other = name.removeprefix(begins).partition(".")[0]
                if name.startswith(begins) and other in parts and other != part:
                    found.add((part, other))
    return found


def without_detours(edges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out the arrows that follow from others."""
    every = set(edges)

    def reached(start: str, but: tuple[str, str]) -> set[str]:
        seen, waiting = set[str](), [start]
        while waiting:
            here = waiting.pop()
            new = {there for edge in every if edge != but and edge[0] == here and (there := edge[1]) not in seen}
            seen |= new
            waiting += new
        return seen

    return sorted(edge for edge in every if edge[1] not in reached(edge[0], edge))


def imports_chart(under: str = "") -> str:
    """Draw who imports whom, the ground below."""
    lines = [f"    {one} --> {other}" for one, other in without_detours(arrows(under))]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def walk_chart() -> str:
    """Draw the walk. Raises `SystemExit` for a step the code does not have."""
    for step in WALK:
        if not is_there(step):
            raise SystemExit(f"the code has no step {step.caller} → {step.callee}; tell the walk anew in {__file__}")
    named = list(dict.fromkeys(name for step in WALK for name in (step.caller, step.callee)))
    people = [f"    participant m{place} as {name}" for place, name in enumerate(named)]
    lines = [f"    m{named.index(step.caller)}->>m{named.index(step.callee)}: {step.says}" for step in WALK]
    return "\n".join(["```mermaid", "sequenceDiagram", *people, *lines, "```"])


def is_there(step: Step) -> bool:
    """Tell whether the code has a step."""
    if not step.by:
        return any(name == step.callee or name.startswith(f"{step.callee}.") for name in imports_of(step.caller))
    return all(any(name.startswith(step.by) for name in imports_of(end)) for end in (step.caller, step.callee))


def page() -> str:
    """Write the page."""
    return f"""# Diagrams, drawn from the code

Written by `make docs` out of the sources; a test holds it to them. What each package and room is about stands in
[the picture](architecture.md); every life cycle is drawn in [a page of its own](why/life-cycles.md).

## Which package imports which

An arrow leads to what is imported; what follows from other arrows is left out. No system (`issuing`, `ledger`,
`registry`, `center`, `kiosk`) imports another.

{imports_chart()}

## A request, from the touch to the print result

Each arrow is a call one module makes of another, or a message by the contract both import.

{walk_chart()}

## The rooms of `issuing`

{imports_chart("issuing")}

## The rooms of the ledger

{imports_chart("ledger")}
"""


if __name__ == "__main__":
    (Path(sys.argv[1]) / "diagrams.md").write_text(page(), encoding="utf-8")
