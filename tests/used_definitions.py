"""Finds what the product defines and never uses itself: definitions that only tests call, or nobody.

Names are resolved the way Python does it: a definition is used where its own module names it outside itself, where
another module imports it, or where another module reads it as an attribute of the module it imported. What a package's
`__init__` only passes on is used where somebody takes it from there. Methods are found by their names alone, in code
and templates, since nobody can tell whose they are.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: What a decorator may be without taking the definition into a register of its own: a verb, a template's tag, a signal.
PLAIN = {"dataclass", "cache", "lru_cache", "contextmanager", "asynccontextmanager", "total_ordering", "overload"}
PLAIN_OF_METHODS = PLAIN | {"property", "cached_property", "classmethod", "staticmethod", "setter", "override"}
#: Bases whose methods nobody calls but us.
PLAIN_BASES = {"Exception", "StrEnum", "Enum", "Protocol", "Struct", "Generic", "NamedTuple"}
#: Where Django, and nothing of ours, looks by name.
FRAMEWORK = re.compile(r"(^|.*\.)(apps|settings|models|\w*tables|\w*urls)$")


@dataclass(frozen=True, slots=True)
class Module:
    """One module, as far as its names go. `definitions`: what stands at its root; `imports`: what a name stands for."""

    name: str
    nodes: tuple[ast.AST, ...]
    definitions: dict[str, ast.stmt]
    imports: dict[str, str]

    @classmethod
    def of(cls, name: str, path: Path) -> Module:
        """Read a file."""
        tree = ast.parse(path.read_text("utf-8"))
        nodes = tuple(ast.walk(tree))
        imports = {
            one.asname or one.name: f"{node.module}.{one.name}"
            for node in nodes
            if isinstance(node, ast.ImportFrom)
            for one in node.names
        } | {one.asname: one.name for node in nodes if isinstance(node, ast.Import) for one in node.names if one.asname}
        return cls(name, nodes, dict(_definitions(tree)), imports)


def unused(root: Path, users: Iterable[Path] = ()) -> list[str]:
    """Give every public definition of the package at `root` that neither it nor a file of `users` uses."""
    modules = {module.name: module for module in _modules(root)}
    readers = [*modules.values(), *(Module.of(path.name, path) for path in users)]
    used = {name for reader in readers for name in _taken(reader, modules)}
    used |= {f"{module.name}.{name}" for module in modules.values() for name in _named_at_home(module)}
    read = {name for reader in readers for name in _read(reader)} | _words_of_templates(root)
    return [
        name
        for module in modules.values()
        if not FRAMEWORK.match(module.name)
        for name in (*_unused_definitions(module, used), *_unused_methods(module, modules, read))
    ]


def _unused_definitions(module: Module, used: set[str]) -> Iterator[str]:
    for name, node in module.definitions.items():
        full = f"{module.name}.{name}"
        if not name.startswith("_") and full not in used and not _has_another_decorator(node, PLAIN):
            yield full


def _unused_methods(module: Module, modules: dict[str, Module], read: set[str]) -> Iterator[str]:
    for name, node in module.definitions.items():
        if not isinstance(node, ast.ClassDef) or not _is_ours(node, module, modules):
            continue
        for one in node.body:
            if (
                isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
                and not one.name.startswith("_")
                and one.name not in read
                and not _has_another_decorator(one, PLAIN_OF_METHODS)
            ):
                yield f"{module.name}.{name}.{one.name}"


def _modules(root: Path) -> Iterator[Module]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        if "migrations" not in parts:
            yield Module.of(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            yield from ((one.id, node) for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node


def _taken(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    """Name what a module takes from others: by import, by attribute of an imported module, by a dotted string."""
    for name in module.imports.values():
        yield from _meant(name, modules)
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in module.imports:
            yield from _meant(f"{module.imports[node.value.id]}.{node.attr}", modules)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("kofu."):
            yield node.value.replace(":", ".")


def _meant(name: str, modules: dict[str, Module]) -> Iterator[str]:
    """Give a definition, and the one it stands for where a package passes it on."""
    yield name
    package, _, last = name.rpartition(".")
    if package in modules and last not in modules[package].definitions and last in modules[package].imports:
        yield modules[package].imports[last]


def _named_at_home(module: Module) -> Iterator[str]:
    """Name the definitions a module uses itself, somewhere outside each."""
    everywhere = _loads(module.nodes)
    return (name for name, node in module.definitions.items() if everywhere[name] > _loads(ast.walk(node))[name])


def _loads(nodes: Iterable[ast.AST]) -> Counter[str]:
    return Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _has_another_decorator(node: ast.AST, plain: set[str]) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(ast.unparse(one).split("(")[0].rpartition(".")[2] not in plain for one in decorators)


def _is_ours(node: ast.ClassDef, module: Module, modules: dict[str, Module]) -> bool:
    """Whether a class has no base from elsewhere whose methods it fills in."""
    own = next(iter(modules)).split(".")[0]
    known = {name for name, meant in module.imports.items() if meant.split(".")[0] == own}
    bases = {ast.unparse(base).split("[")[0].rpartition(".")[2] for base in node.bases}
    return bases <= PLAIN_BASES | known | set(module.definitions)


def _read(module: Module) -> Iterator[str]:
    """Give the names a module reads of anything, and the words it looks up while it runs."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.:]+", node.value):
            yield from re.findall(r"\w+", node.value)


def _words_of_templates(root: Path) -> set[str]:
    return {word for path in root.rglob("*.html") for word in re.findall(r"\w+", path.read_text("utf-8"))}
