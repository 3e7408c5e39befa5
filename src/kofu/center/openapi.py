"""The centre's contract as OpenAPI 3.1, drawn from the message types."""

from __future__ import annotations

from typing import Any

import msgspec

from kofu.contracts.center import CenterIssued, CenterRefused, OpenSession, Session, SessionPrintResult, SessionRequest
from kofu.contracts.issuing import ErrorBody, Menu

_TYPES = (OpenSession, Session, SessionRequest, CenterIssued | CenterRefused, SessionPrintResult, Menu, ErrorBody)


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def document() -> dict[str, Any]:
    """Describe every endpoint, its messages and its errors."""
    schemas, components = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    opened, session, asked, outcome, result, menu, error = schemas
    errors = {"default": {"description": "a stable code, and whose fault it is", "content": _content(error)}}
    session_id = {
        "name": "session_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    }
    code = {"name": "code", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{6}$"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "kofu center: what a kiosk asks", "version": "1"},
        "paths": {
            "/v1/municipalities/{code}/menu": {
                "get": {
                    "summary": "What the ward offers right now",
                    "parameters": [code],
                    "responses": {"200": {"description": "the menu", "content": _content(menu)}, **errors},
                }
            },
            "/v1/sessions": {
                "post": {
                    "summary": "A card is on the reader and its PIN was right",
                    "requestBody": {"required": True, "content": _content(opened)},
                    "responses": {"201": {"description": "the session", "content": _content(session)}, **errors},
                }
            },
            "/v1/sessions/{session_id}": {
                "delete": {
                    "summary": "The resident has left: erase the serial now",
                    "parameters": [session_id],
                    "responses": {"204": {"description": "over, or was over already"}, **errors},
                }
            },
            "/v1/sessions/{session_id}/certificate": {
                "post": {
                    "summary": "Ask for one certificate",
                    "parameters": [session_id],
                    "requestBody": {"required": True, "content": _content(asked)},
                    "responses": {
                        "200": {"description": "issued, or refused with a reason", "content": _content(outcome)},
                        **errors,
                    },
                }
            },
            "/v1/sessions/{session_id}/print-result": {
                "post": {
                    "summary": "What became of the paper",
                    "parameters": [session_id],
                    "requestBody": {"required": True, "content": _content(result)},
                    "responses": {"204": {"description": "taken, and on its way to the ward"}, **errors},
                }
            },
        },
        "components": {"schemas": components},
    }
