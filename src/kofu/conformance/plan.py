"""What the kit must be told: whom it may ask for, as whom it asks, in one TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from kofu.contracts.issuing import MunicipalityCode, Serial, Year
from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind
from kofu.platform.tls import TlsFiles

SUBJECTS_MIN = 2


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test person who can get the certificate. `mark`: text on this person's paper and on no other's."""

    serial: Serial
    mark: Annotated[str, msgspec.Meta(min_length=2)]


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PEM files, relative to the TOML file: the authority, and certificate and key the centre shows."""

    authority: str
    certificate: str
    key: str


class ConformancePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `kiosk_id`: what the requests name; `rounds`: how often two persons ask at the same time."""

    municipality_code: MunicipalityCode
    other_municipality_code: MunicipalityCode
    kind: CertificateKind
    fiscal_year: Year
    unknown_serial: Serial
    tls: Files
    subjects: Annotated[tuple[Subject, ...], msgspec.Meta(min_length=SUBJECTS_MIN)]
    kiosk_id: str = "conformance"
    rounds: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3


def read_plan(path: Path) -> tuple[ConformancePlan, TlsFiles]:
    """Read the plan. Raises `OperatorFault` `bad_plan` naming the file and what is wrong."""
    try:
        plan = msgspec.toml.decode(path.read_bytes(), type=ConformancePlan)
    except (OSError, msgspec.DecodeError) as error:
        raise OperatorFault("bad_plan", f"{path}: {error}") from error
    if plan.municipality_code == plan.other_municipality_code:
        raise OperatorFault("bad_plan", f"{path}: other_municipality_code must be one that is not served")
    if len({subject.serial for subject in plan.subjects}) < len(plan.subjects):
        raise OperatorFault("bad_plan", f"{path}: subjects: two of them have the same serial")
    folder = path.parent
    files = TlsFiles(folder / plan.tls.authority, folder / plan.tls.certificate, folder / plan.tls.key)
    for file in (files.authority, files.certificate, files.key):
        if not file.is_file():
            raise OperatorFault("bad_plan", f"{path}: tls names {file}, which is not there")
    return plan, files
