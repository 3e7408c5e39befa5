"""The contract of the machine endpoints as an OpenAPI document, drawn from the messages' types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from kofu.contracts.issuing import (
    CertificateRequest,
    ErrorBody,
    Hold,
    HoldAccepted,
    Issued,
    Menu,
    PrintResult,
    Refused,
)


@dataclass(frozen=True, slots=True)
class _Endpoint:
    path: str
    method: str
    summary: str
    body: type | None
    answers: tuple[type, ...]  # empty: 204


_ENDPOINTS = (
    _Endpoint(
        "/v1/certificate-requests",
        "post",
        "Ask for a certificate. Caller: center. Same id and body: same outcome; same id, another body: 409.",
        CertificateRequest,
        (Issued, Refused),
    ),
    _Endpoint("/v1/print-results", "post", "Report what became of the paper, once. Caller: center.", PrintResult, ()),
    _Endpoint("/v1/holds", "post", "State a hold. Callers: registry, ledger.", Hold, (HoldAccepted,)),
    _Endpoint("/v1/municipalities/{code}/menu", "get", "What the kiosk may offer now.", None, (Menu,)),
)


@cache
def document() -> bytes:
    """Draw the document, once."""
    types: list[Any] = [ErrorBody]
    for endpoint in _ENDPOINTS:
        types += [endpoint.body] if endpoint.body else []
        types += endpoint.answers
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, Any] = {}
    for endpoint in _ENDPOINTS:
        operation: dict[str, Any] = {
            "summary": endpoint.summary,
            "responses": {
                **_success(endpoint, by_type),
                "default": {"description": "An error that says whose fault it is", **_content(by_type[ErrorBody])},
            },
        }
        if endpoint.body:
            operation["requestBody"] = {"required": True, **_content(by_type[endpoint.body])}
        if "{code}" in endpoint.path:
            operation["parameters"] = [
                {"name": "code", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{6}$"}}
            ]
        paths[endpoint.path] = {endpoint.method: operation}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "kofu issuing", "version": "1"},
            "paths": paths,
            "components": {"schemas": components},
        }
    )


def _success(endpoint: _Endpoint, by_type: dict[Any, Any]) -> dict[str, Any]:
    if not endpoint.answers:
        return {"204": {"description": "Taken"}}
    found = [by_type[answer] for answer in endpoint.answers]
    schema = found[0] if len(found) == 1 else {"oneOf": found, "discriminator": {"propertyName": "outcome"}}
    return {"200": {"description": "Answered", **_content(schema)}}


def _content(schema: object) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
