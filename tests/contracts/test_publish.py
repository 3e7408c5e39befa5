"""docs/contracts: what is published is what the code says, to the byte."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from kofu.contracts.feed import MANIFEST_NAME, FeedKind, FeedMode
from kofu.contracts.feed_tables import TABLES
from kofu.contracts.openapi import INTERFACES, document
from kofu.contracts.publish import PATTERNS, published, table_schema
from kofu.platform.signed_manifests import read_signed_manifest
from kofu.ward.example import example_key, write_example

DOCS = Path(__file__).parents[2] / "docs" / "contracts"
AGAIN = "run `python -m kofu.contracts.publish docs/contracts` and `python -m kofu.ward.example docs/contracts/example`"


@pytest.mark.parametrize("name", list(published()))
def test_the_committed_contract_is_the_codes(name) -> None:
    assert (DOCS / name).read_bytes() == published()[name], AGAIN


def test_nothing_else_is_published_than_what_is_drawn_from_the_code() -> None:
    here = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*") if path.is_file()}
    assert {name for name in here if not name.startswith("example/")} == set(published())


def test_the_committed_example_is_the_wards(tmp_path) -> None:
    write_example(tmp_path / "example")
    made = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    committed = {str(p.relative_to(DOCS)): p.read_bytes() for p in (DOCS / "example").rglob("*") if p.is_file()}
    assert made == committed, AGAIN


@pytest.mark.parametrize("kind", list(FeedKind))
@pytest.mark.parametrize(("generation", "mode"), [(1, FeedMode.FULL), (2, FeedMode.DIFFERENCE)])
def test_the_examples_manifests_verify_with_the_published_keys(kind, generation, mode) -> None:
    folder = DOCS / "example" / f"{kind}-{generation:04d}"
    manifest = read_signed_manifest(folder, example_key(kind).public_key())
    assert (manifest.generation, manifest.mode) == (generation, mode)
    assert (folder / MANIFEST_NAME).is_file()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_of_the_example_fits_the_published_table_schema(table) -> None:
    schema = table_schema(table)
    path = DOCS / "example" / f"{table.feed}-0001" / table.file_name
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        for field in schema["fields"]:
            cell, limits = row[field["name"]], field["constraints"]
            if not cell:
                assert not limits["required"], field["name"]
                continue
            assert cell in [str(code) for code in limits.get("enum", [cell])]
            assert len(cell) <= limits.get("maxLength", len(cell))
            assert re.fullmatch(limits.get("pattern", ".*"), cell)
            if field["type"] == "integer":
                assert int(cell) >= limits.get("minimum", int(cell))


def test_every_pattern_of_the_published_schemas_compiles() -> None:
    for pattern in PATTERNS.values():
        re.compile(pattern)


@pytest.mark.parametrize("interface", INTERFACES, ids=lambda interface: interface.system)
def test_every_reference_of_an_openapi_document_leads_somewhere(interface) -> None:
    text = json.dumps(document(interface))
    schemas = document(interface)["components"]["schemas"]
    wanted = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert wanted == set(schemas)


def test_operations_have_names_of_their_own() -> None:
    for interface in INTERFACES:
        paths = document(interface)["paths"]
        names = [operation["operationId"] for path in paths.values() for operation in path.values()]
        assert len(set(names)) == len(interface.operations) == len(names)
