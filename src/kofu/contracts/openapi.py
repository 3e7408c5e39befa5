"""The machine endpoints of the systems as OpenAPI 3.1, drawn from the message types: the two cannot drift apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from inspect import cleandoc
from typing import TypeAlias

import msgspec

from kofu.contracts import center, issuing, papers_beside, registry

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

VERSION = "1.1.0"
REFERENCE = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAs:
    """Another form of an answer: its media type, what the body is, the type of the message in it."""

    media: str
    body: str
    message: type


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing a peer may ask. `callers` are the names in the client certificates that may; `answer` None: 204.

    `answer_as`: other forms of the answer, for whoever names one in `Accept`. `errors` maps status codes to what they
    mean; each has an `ErrorBody`.
    """

    method: str
    path: str
    summary: str
    callers: tuple[str, ...]
    body: type | None = None
    answer: object = None
    answer_as: tuple[AnswerAs, ...] = ()
    errors: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What one system offers to its peers over mutually authenticated TLS."""

    system: str
    title: str
    operations: tuple[Operation, ...]


PEER_ERRORS = {400: "not a message of this contract", 403: "this client certificate may not ask", 413: "body too large"}
SESSION_ERRORS = {404: "no such open session of this kiosk", 422: "a field is not of this contract"}
WARD_ERRORS = {502: "the ward or the validity service answered wrongly", 504: "it did not answer in time"}
OWN_ERRORS = {500: "a fault on this side", 503: "not able to answer now: ask again later"}

ISSUING = Interface(
    system="issuing",
    title="証明書自動交付システム",
    operations=(
        Operation(
            method="post",
            path="/v1/certificate-requests",
            summary="Ask for a certificate; the outcome is a document or a refusal",
            callers=("center",),
            body=issuing.CertificateRequest,
            answer=issuing.Issued | issuing.Refused | issuing.AnsweredBefore,
            answer_as=(
                AnswerAs(
                    media=papers_beside.PAPERS_BESIDE,
                    body="Issued papers for whoever names this type in `Accept`: the length of the message in four"
                    " bytes (big-endian), the message (JSON in UTF-8), the PDFs one behind the other.",
                    message=papers_beside.IssuedBeside,
                ),
            ),
            errors=PEER_ERRORS
            | {404: "another municipality", 409: "the same request id with another body (P11)"}
            | OWN_ERRORS,
        ),
        Operation(
            method="post",
            path="/v1/print-results",
            summary="Report what became of the paper",
            callers=("center",),
            body=issuing.PrintResult,
            errors=PEER_ERRORS | {404: "no such request", 409: "another result was reported before"} | OWN_ERRORS,
        ),
        Operation(
            method="post",
            path="/v1/holds",
            summary="Put, change or release a hold; in force from the answer on (P7)",
            callers=("registry", "ledger"),
            body=issuing.Hold,
            answer=issuing.HoldAccepted,
            errors=PEER_ERRORS
            | {
                404: "another municipality",
                409: "the same revision with other content, or a hold of another sender, kind or target",
            }
            | OWN_ERRORS,
        ),
        Operation(
            method="get",
            path="/v1/municipalities/{code}/menu",
            summary="What the kiosk may offer now",
            callers=("center", "registry", "ledger"),
            answer=issuing.Menu,
            errors={403: PEER_ERRORS[403], 404: "another municipality"} | OWN_ERRORS,
        ),
        Operation(
            method="get",
            path="/v1/municipalities/{code}/data",
            summary="Which data certificates are made from now: a correction's hold ends when its feed is active",
            callers=("registry", "ledger"),
            answer=issuing.ActiveData,
            errors={403: PEER_ERRORS[403], 404: "another municipality"} | OWN_ERRORS,
        ),
    ),
)

CENTER = Interface(
    system="center",
    title="証明書交付センター（代役）",
    operations=(
        Operation(
            method="get",
            path="/v1/municipalities/{code}/menu",
            summary="What the ward offers right now",
            callers=("kiosk",),
            answer=issuing.Menu,
            errors={403: PEER_ERRORS[403], 404: "the municipality takes no part"} | WARD_ERRORS | OWN_ERRORS,
        ),
        Operation(
            method="post",
            path="/v1/challenges",
            summary="Ask what the card on the reader is to sign",
            callers=("kiosk",),
            body=center.AskChallenge,
            answer=center.Challenge,
            errors=PEER_ERRORS
            | {
                404: "the municipality takes no part",
                422: SESSION_ERRORS[422],
                429: "too many challenges of this kiosk",
            }
            | OWN_ERRORS,
        ),
        Operation(
            method="post",
            path="/v1/sessions",
            summary="Begin a session for the card on the reader",
            callers=("kiosk",),
            body=center.OpenSession,
            answer=center.Session,
            errors=PEER_ERRORS
            | {404: "the municipality takes no part", 422: SESSION_ERRORS[422], 429: "too many sessions of this kiosk"}
            | WARD_ERRORS
            | OWN_ERRORS,
        ),
        Operation(
            method="post",
            path="/v1/sessions/{session_id}/certificate",
            summary="Ask for a certificate in a session",
            callers=("kiosk",),
            body=center.SessionRequest,
            answer=center.CenterIssued | center.CenterRefused,
            errors=PEER_ERRORS
            | SESSION_ERRORS
            | {409: "this session cannot ask that, or its paper was handed over before"}
            | WARD_ERRORS
            | OWN_ERRORS,
        ),
        Operation(
            method="post",
            path="/v1/sessions/{session_id}/print-result",
            summary="Report what became of the paper",
            callers=("kiosk",),
            body=center.SessionPrintResult,
            errors=PEER_ERRORS
            | SESSION_ERRORS
            | {409: "nothing was issued under this id, or another result was reported before"}
            | OWN_ERRORS,
        ),
        Operation(
            method="delete",
            path="/v1/sessions/{session_id}",
            summary="End the session: the resident has left, the card's serial is erased",
            callers=("kiosk",),
            errors=PEER_ERRORS | OWN_ERRORS,
        ),
    ),
)

REGISTRY = Interface(
    system="registry",
    title="既存住民基本台帳システム・電子証明書の有効性確認（代役）",
    operations=(
        Operation(
            method="post",
            path="/v1/specimen-cards",
            summary="Give a virtual card its certificate (`/v1/ocsp` and `/v1/crl` speak RFC 6960 and RFC 5280)",
            callers=("kiosk",),
            body=registry.SpecimenCard,
            answer=registry.SpecimenCertificate,
            errors=PEER_ERRORS | {404: "no card of this serial is known"} | {503: OWN_ERRORS[503]},
        ),
        Operation(
            method="post",
            path="/v1/look-ups",
            summary="Find one person who lives outside the ward (住基ネット, stand-in)",
            callers=("ledger",),
            body=registry.LookUp,
            answer=registry.LookedUp,
            errors=PEER_ERRORS | {422: "the question does not say enough"} | {503: OWN_ERRORS[503]},
        ),
        Operation(
            method="post",
            path="/v1/standing-holds",
            summary="Tell what stands against a person now, before a certificate is issued at a counter (P7)",
            callers=("ledger",),
            body=registry.PersonAsked,
            answer=registry.StandingHolds,
            errors=PEER_ERRORS | {503: OWN_ERRORS[503]},
        ),
        Operation(
            method="get",
            path="/v1/municipalities/{code}/protected-people",
            summary="Name everybody under 支援措置 now, so that every screen and paper of the ledger knows",
            callers=("ledger",),
            answer=registry.ProtectedPeople,
            errors={403: PEER_ERRORS[403], 503: OWN_ERRORS[503]},
        ),
    ),
)

INTERFACES: tuple[Interface, ...] = (ISSUING, CENTER, REGISTRY)


def document(interface: Interface) -> dict[str, Json]:
    """Give the OpenAPI 3.1 document of a system, its schemas drawn from the message types."""
    types: list[object] = [issuing.ErrorBody]
    for operation in interface.operations:
        types += [kind for kind in (operation.body, operation.answer) if kind is not None]
        types += [other.message for other in operation.answer_as]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    named = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, Json] = {}
    for operation in interface.operations:
        paths[operation.path] = {operation.method: _operation(operation, named)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": interface.title,
            "version": VERSION,
            "description": "Mutually authenticated TLS 1.3. Unknown fields are refused. This is kofu's own contract:"
            " the layouts of the real centre stand behind an adapter.",
        },
        "paths": paths,
        "components": {
            "schemas": {name: _tidy(schema) for name, schema in components.items()},
            "securitySchemes": {"mutualTLS": {"type": "mutualTLS"}},
        },
        "security": [{"mutualTLS": []}],
    }


def _operation(operation: Operation, schemas: dict[str, dict[str, Json]]) -> Json:
    responses: dict[str, Json] = {}
    if operation.answer is None:
        responses["204"] = {"description": "taken"}
    else:
        others: dict[str, Json] = {
            other.media: {
                "schema": {"type": "string", "format": "binary", "description": other.body},
                "x-message": schemas[repr(other.message)],
            }
            for other in operation.answer_as
        }
        content = _content(schemas[repr(operation.answer)]) | others
        responses["200"] = {"description": "the answer", "content": content}
    for status, meaning in sorted(operation.errors.items()):
        responses[str(status)] = {"description": meaning, "content": _content(schemas[repr(issuing.ErrorBody)])}
    described: dict[str, Json] = {
        "operationId": _identifier(operation),
        "summary": operation.summary,
        "description": f"Callers: {', '.join(operation.callers)}.",
        "responses": responses,
    }
    parameters: list[Json] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in operation.path.split("/")
        if part.startswith("{")
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(schemas[repr(operation.body)])}
    return described


def _identifier(operation: Operation) -> str:
    words = [part for part in operation.path.split("/") if part and not part.startswith("{") and part != "v1"]
    return "_".join([operation.method, *words]).replace("-", "_")


def _content(schema: dict[str, Json]) -> dict[str, Json]:
    return {"application/json": {"schema": schema}}


def _tidy(schema: Json) -> Json:
    """Take the indentation of Python's docstrings out of the descriptions."""
    if isinstance(schema, dict):
        return {
            key: cleandoc(value) if key == "description" and isinstance(value, str) else _tidy(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    return schema
