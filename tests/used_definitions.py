"""Finds what the product defines and never uses itself: the definitions only tests, benchmarks or nobody calls.

Names are resolved the way Python does it: a definition is used where its own module names it outside itself, where
another module imports it, or where another module reads it as an attribute of the module imported. What a package's
`__init__` only passes on counts as used where somebody takes it from there. Methods are found by their name alone, in the code and in the
templates, since nobody can tell whose they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: What a decorator may be without taking the definition into a register of its own.
PLAIN = {"dataclass", "cache", "lru_cache", "contextmanager", "asynccontextmanager", "total_ordering", "unique", "overload"}
#: Where Django, and nothing of ours, looks by name.
FRAMEWORK = {"apps.py", "settings.py"}


@dataclass(slots=True)
class Module:
    """One module, as far as its names go."""

    name: str
    is_package: bool
    tree: ast.Module
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    passed_on: dict[str, str] = field(default_factory=dict)  # of a package: a name, and the definition it stands for


def unused(source: Path) -> list[str]:
    """Give every public definition below `source` that nothing below it uses: "package.module.name" or with a method."""
    modules = list(_modules(source))
    by_name = {module.name: module for module in modules}
    used = {found for module in modules for found in _used_in(module, by_name)}
    texts = _words_of_templates(source) | {word for module in modules for word in _words_of_strings(module.tree)}
    read = {name for module in modules for name in _attributes(module.tree)} | texts
    found: list[str] = []
    for module in modules:
        for name, node in module.definitions.items():
            if not name.startswith("_") and f"{module.name}.{name}" not in used and not _registered(node):
                found.append(f"{module.name}.{name}")
            if isinstance(node, ast.ClassDef) and _ours(node, module, by_name):
                found += [f"{module.name}.{name}.{method}" for method in _methods(node) if method not in read]
    return found


def _modules(source: Path) -> Iterator[Module]:
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        module = Module(".".join(parts[:-1] if is_package else parts), is_package, ast.parse(path.read_text("utf-8")))
        if "migrations" not in parts and path.name not in FRAMEWORK:
            module.definitions = dict(_definitions(module.tree))
        yield module


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node
            case ast.Assign(targets=targets):
                yield from ((one.id, node) for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node
            case _:
                pass


def _used_in(module: Module, by_name: dict[str, Module]) -> Iterator[str]:
    """Name the definitions a module uses, its own among them."""
    aliases: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            aliases |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                target = f"{node.module}.{one.name}"
                if target in by_name:
                    aliases[one.asname or one.name] = target
                elif module.is_package and not module.definitions:
                    module.passed_on[one.asname or one.name] = target
                else:
                    yield from _taken(target, by_name)
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=alias), attr=name) if alias in aliases:
                yield from _taken(f"{aliases[alias]}.{name}", by_name)
            case ast.Attribute():
                yield from _taken(ast.unparse(node), by_name)
            case ast.Constant(value=str(text)) if text.startswith("kofu."):
                yield from (text, text.replace(":", "."))
            case _:
                pass
    for name, own in module.definitions.items():
        inside = sum(_names(own, name))
        if sum(_names(module.tree, name)) > inside:
            yield f"{module.name}.{name}"


def _taken(target: str, by_name: dict[str, Module]) -> Iterator[str]:
    """Give a definition, and the one it stands for where a package passes it on."""
    yield target
    package, _, name = target.rpartition(".")
    module = by_name.get(package)
    if module is None or not module.is_package:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{one.name}" for one in node.names if (one.asname or one.name) == name)


def _names(tree: ast.AST, name: str) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield 1


def _registered(node: ast.stmt) -> bool:
    """Whether a decorator hands the definition to somebody who calls it: a verb, a template's tag, a signal."""
    decorators = getattr(node, "decorator_list", [])
    return any(ast.unparse(one).split("(")[0].rpartition(".")[2] not in PLAIN for one in decorators)


def _ours(node: ast.ClassDef, module: Module, by_name: dict[str, Module]) -> bool:
    """Whether nobody but us calls the methods of a class: it has no base from elsewhere, or only a plain one."""
    plain = {"Exception", "StrEnum", "Enum", "Protocol", "Struct"}
    taken = {
        one.asname or one.name
        for part in ast.walk(module.tree)
        if isinstance(part, ast.ImportFrom) and (part.module or "").split(".")[0] == module.name.split(".")[0]
        for one in part.names
    }
    bases = {ast.unparse(base).split("[")[0].rpartition(".")[2] for base in node.bases}
    return not bases - plain - taken - set(module.definitions)


def _methods(node: ast.ClassDef) -> Iterator[str]:
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_") and not _registered_method(one):
            yield one.name


def _registered_method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    plain = PLAIN | {"property", "cached_property", "classmethod", "staticmethod", "setter", "override"}
    return any(ast.unparse(one).split("(")[0].rpartition(".")[2] not in plain for one in node.decorator_list)


def _attributes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def _words_of_strings(tree: ast.Module) -> Iterator[str]:
    """Give what is said in strings of one word: names looked up while the program runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.:]+", node.value):
            yield from re.findall(r"\w+", node.value)


def _words_of_templates(source: Path) -> set[str]:
    texts = (path.read_text("utf-8") for path in source.rglob("*.html"))
    return {word for text in texts for word in re.findall(r"\w+", text)}
