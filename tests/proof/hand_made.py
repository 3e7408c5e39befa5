"""A small history in which everything is as it must be, made by hand; tests break one thing of it at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from tests.certificates.orders import AUTHORITY
from tests.issuing import feed_maker

from kofu.certificates.facts import AssessmentFacts, CertificateOrder, CollectionFacts, InstallmentFacts, SubjectFacts
from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress
from kofu.core.birthday import parse_birthday
from kofu.core.kinds import CertificateKind, Declaration, Liability

WARD = feed_maker.WARD
AS_OF = date(2026, 11, 23)
ONE, TWO = "000000000000001", "000000000000002"
SERIALS = {ONE: feed_maker.serial_of("00a1"), TWO: feed_maker.serial_of("00a2")}
RESIDENTS = {
    ONE: feed_maker.resident(ONE, name="見本　太郎", address="東京都見本区一丁目1番1号", birthday="1950-03-??"),
    TWO: feed_maker.resident(TWO, name="見本　花子", address="東京都見本区二丁目2番2号", birthday="1980-02-01"),
}
ASSESSED = {
    ONE: feed_maker.assessment(ONE, name_at_assessment="見本　太郎", business_income=-20_000, dependents_general=2),
    TWO: feed_maker.assessment(TWO, name_at_assessment="見本　花子", ward_income_levy=90_000, self_widow=1),
}
CORRECTED = feed_maker.assessment(TWO, name_at_assessment="見本　花子", ward_income_levy=80_000, self_widow=1)
NOTICES = [feed_maker.collection("10000002", TWO), feed_maker.collection("10000003", TWO, collection_method="salary")]


def vehicle(notice: str, plate: str, year: int = 2026, **cells: object) -> dict[str, object]:
    """A notice of 軽自動車税(種別割) of the first person, paid in full where nothing else is said."""
    whole: dict[str, object] = {
        "tax": "light_vehicle",
        "plate_number": plate,
        "inspected": 1,
        "statutory_due_date": f"{year}-06-01",
        "installments": "1",
        "due_dates": f"{year}-06-01",
        "assessed": "10800",
        "paid": "10800",
        "assessed_total": 10800,
        "paid_total": 10800,
    }
    return feed_maker.collection(notice, ONE, year, **whole | cells)


PAID_CAR, CAR_IN_ARREARS = "見本580あ1", "見本580い2"
VEHICLES = [
    vehicle("20000001", PAID_CAR, chassis_last4="1234"),
    vehicle("20000002", CAR_IN_ARREARS, chassis_last4="5678"),
    vehicle("20000003", "見本区う3", inspected=0, paid="0", paid_total=0),
]
#: The plate it had before it moved here; the chassis is the same.
OLD_ARREARS = vehicle("20000004", "旧見本55え4", 2024, chassis_last4="5678", paid="0", paid_total=0)

Rows = dict[str, list[dict[str, object]]]


class HandMade:
    """The good history, as rows by file, and its papers. `write` puts it into a folder."""

    def __init__(self, press: CertificatePress, feeds: Path) -> None:
        """Make the papers and the rows."""
        self.feeds = feeds
        self.papers: dict[str, bytes] = {}
        self.rows: Rows = {name: [] for name in ("journal", "copies", "reports", "holds", "audit", "events", "money")}
        self.rows["generations"] = [
            {"number": 1, "feed": "tax", "feed_generation": 1},
            {"number": 2, "feed": "resident", "feed_generation": 1},
            {"number": 3, "feed": "tax", "feed_generation": 2},
        ]
        self._press = press
        self._write_feeds()
        self._tell()

    def write(self, folder: Path, rows: Rows, papers: dict[str, bytes]) -> Path:
        """Write a history, changed or not."""
        folder.mkdir()
        for name, lines in rows.items():
            (folder / f"{name}.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        (folder / "papers").mkdir()
        for name, pdf in papers.items():
            (folder / "papers" / f"{name}.pdf").write_bytes(pdf)
        (folder / "feeds").symlink_to(self.feeds)
        header = {"format": "kofu-history/1", "municipality_code": WARD, "files": [*rows, "papers", "feeds"]}
        (folder / "history.json").write_bytes(msgspec.json.encode(header))
        return folder

    def paper(self, person: str, kind: CertificateKind, number: str, **changed: object) -> str:
        """Make a paper as the press does; give its digest."""
        pdf = make(order_of(person, kind, number, **changed), self._press).pdf
        digest = hashlib.sha256(pdf).hexdigest()
        self.papers[digest] = pdf
        return digest

    def _write_feeds(self) -> None:
        cards = [feed_maker.card(SERIALS[person], person) for person in (ONE, TWO)]
        feed_maker.tax_feed(self.feeds / "tax-1", ASSESSED.values(), [*NOTICES, *VEHICLES, OLD_ARREARS])
        feed_maker.resident_feed(self.feeds / "resident-1", RESIDENTS.values(), cards)
        feed_maker.tax_feed(self.feeds / "tax-2", [CORRECTED], generation=2, base=1)

    def _tell(self) -> None:
        self._feed("tax", 1)
        self._feed("resident", 1)
        self._issue("a" * 32, ONE, CertificateKind.TAXATION, generation=2, copies=2)
        self._issue("b" * 32, TWO, CertificateKind.PAYMENT, generation=2)
        self._feed("tax", 2)
        self._issue("c" * 32, TWO, CertificateKind.TAXATION, generation=3, assessment=CORRECTED)
        self._refuse("d" * 32, "card_not_valid")
        self._see("hold_acknowledged", hold="e" * 32, revision=1)
        self._see("hold_releasing", hold="e" * 32)
        self._see("hold_acknowledged", hold="e" * 32, revision=2, released=True)
        for revision, released in ((1, False), (2, True)):
            self.rows["holds"].append(
                {"hold_id": "e" * 32, "revision": revision, "addressee_number": ONE, "serial": None}
                | {"released": released}
            )
        self._see("stop_acknowledged", stop="f" * 32)
        self._see("stop_lifting", stop="f" * 32)
        self._issue("1" * 32, ONE, CertificateKind.INCOME, generation=3)
        self._issue("2" * 32, ONE, CertificateKind.VEHICLE_PAYMENT, generation=3)
        self._issue("3" * 32, ONE, CertificateKind.VEHICLE_INSPECTION, generation=3)
        self._see("payment_taken", payment="p1", yen=500)
        self._see("refund_taken", refund="r1", yen=200)
        for what, name, yen, account in (
            ("payment", "p1", 500, ""),
            ("refund", "r1", 200, ""),
            ("entry", "j1", 500, "cash"),
            ("entry", "j1", -500, "claims"),
        ):
            self.rows["money"].append({"what": what, "id": name, "yen": yen, "account": account})

    def _issue(
        self, request: str, person: str, kind: CertificateKind, *, generation: int, copies: int = 1, **changed: object
    ) -> None:
        documents = []
        for copy in range(1, copies + 1):
            number = f"20261123-{WARD}-{len(self.rows['copies']) + 1:09d}"
            digest = self.paper(person, kind, number, **changed)
            documents.append((number, digest))
            self.rows["copies"].append(
                {"certificate_number": number, "request_id": request, "copy": copy, "sha256": digest}
            )
        self._journal(request, person, kind, "printed", generation=generation, copies=copies)
        self._entry(
            "certificate.release",
            "made",
            {
                "request": request,
                "numbers": " ".join(number for number, _ in documents),
                "sha256": " ".join(digest for _, digest in documents),
            },
        )
        message = f"m-{request[:4]}"
        self._see("ask", request=request, message=message)
        self._see("left", request=request, message=message, outcome="issued", documents=documents)
        self._see("answer", request=request, message=message, outcome="issued", documents=documents)
        self._see("printed", request=request, copies=copies)
        self._see("report_taken", request=request, outcome="printed", copies=copies, yen=200 * copies)
        self.rows["reports"].append(
            {"request_id": request, "outcome": "printed", "copies_printed": copies, "fee_paid": 200 * copies}
        )

    def _refuse(self, request: str, code: str) -> None:
        self._journal(request, ONE, CertificateKind.TAXATION, "refused", generation=None, copies=1, code=code)
        self._entry("certificate.refuse", code, {"request": request})
        self._see("ask", request=request, message="m-d")
        self._see("left", request=request, message="m-d", outcome="refused", code=code)
        self._see("answer", request=request, message="m-d", outcome="refused", code=code)

    def _journal(
        self,
        request: str,
        person: str,
        kind: CertificateKind,
        state: str,
        *,
        generation: int | None,
        copies: int,
        code: str = "",
    ) -> None:
        self.rows["journal"].append(
            {
                "request_id": request,
                "municipality_code": WARD,
                "serial": SERIALS[person],
                "kind": kind.value,
                "fiscal_year": 2026,
                "copies": copies,
                "state": state,
                "refusal_code": code,
                "repeat_code": "",
                "addressee_number": person if generation else "",
                "generation": generation,
                "as_of": AS_OF.isoformat() if generation else None,
                "fee_per_copy": 200 if generation else 0,
                "received_at": "2026-11-23T03:00:00Z",
                "deadline": "2026-11-23T03:00:30Z",
                "plate_number": PAID_CAR if kind is CertificateKind.VEHICLE_INSPECTION else "",
            }
        )

    def _feed(self, feed: str, generation: int) -> None:
        self._see("activating", feed=feed, feed_generation=generation)
        self._see("activated", feed=feed, feed_generation=generation)

    def _see(self, event: str, **what: object) -> None:
        self.rows["events"].append({"at": len(self.rows["events"]) + 1, "event": event} | what)

    def _entry(self, action: str, result: str, detail: dict[str, str]) -> None:
        """Append to the chain; every other lane in the newer version of the hash."""
        version = 1 + len(self.rows["audit"]) % 2
        own = [entry for entry in self.rows["audit"] if entry["version"] == version]
        sequence, previous = len(own) + 1, str(own[-1]["hash"]) if own else "00" * 32
        moment = datetime(2026, 11, 23, 3, 0, sequence, tzinfo=UTC)
        body = json.dumps({"action": action, "detail": detail, "result": result}, sort_keys=True)
        lane = f"lane-{version}"
        self.rows["audit"].append(
            {
                "system": "issuing",
                "lane": lane,
                "sequence": sequence,
                "previous_hash": previous,
                "hash": link(version, previous, lane, sequence, moment, body),
                "body": body,
                "recorded_at": moment.isoformat(),
                "version": version,
            }
        )


def link(version: int, previous: str, lane: str, sequence: int, moment: datetime, body: str) -> str:
    """Hash an entry of the audit log as the docs say it is hashed."""
    head = f"{lane}\n{sequence}\n"
    if version > 1:
        head = f"kofu audit entry 2\n{head}{moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}\n"
    return hashlib.sha256(bytes.fromhex(previous) + head.encode() + body.encode()).hexdigest()


def order_of(person: str, kind: CertificateKind, number: str, **changed: object) -> CertificateOrder:
    """Order a paper of the hand-made ward. `assessment`: other cells than those of the first feed."""
    resident = RESIDENTS[person]
    cells = changed.pop("assessment", ASSESSED[person])
    notices = {
        CertificateKind.PAYMENT: NOTICES,
        CertificateKind.VEHICLE_PAYMENT: VEHICLES,
        CertificateKind.VEHICLE_INSPECTION: VEHICLES[:1],
    }.get(kind, [])
    order = CertificateOrder(
        kind=kind,
        form_version="standard_r8",
        fiscal_year=2026,
        year_label="令和8年度",
        certificate_number=number,
        as_of=AS_OF,
        generation=1,
        subject=SubjectFacts(
            addressee_number=person,
            name=str(resident["name"]),
            address=str(resident["address"]),
            birthday=parse_birthday(str(resident["birthday"])),
        ),
        assessment=None if notices else assessment_of(cells),
        collections=tuple(notice_of(cells) for cells in notices),
        authority=AUTHORITY,
        municipal_tax="特別区民税",
        prefectural_tax="都民税",
        specimen=True,
    )
    return replaced(order, changed)


def replaced(order: CertificateOrder, changed: dict[str, object]) -> CertificateOrder:
    values = {field.name: getattr(order, field.name) for field in fields(CertificateOrder)}
    return CertificateOrder(**values | changed)  # type: ignore[arg-type]  # a test names what it changes


def assessment_of(cells: object) -> AssessmentFacts:
    assert isinstance(cells, dict)
    kinds: dict[str, Callable[[object], object]] = {"bool": bool, "Declaration": Declaration, "Liability": Liability}
    values = {
        field.name: kinds.get(str(field.type), lambda value: value)(cells[field.name])
        for field in fields(AssessmentFacts)
    }
    return AssessmentFacts(**values)


def notice_of(cells: dict[str, object]) -> CollectionFacts:
    split = {name: str(cells[name]).split("|") for name in ("installments", "due_dates", "assessed", "paid")}
    return CollectionFacts(
        addressee_number=str(cells["addressee_number"]),
        notice_number=str(cells["notice_number"]),
        tax=str(cells["tax"]),
        fiscal_year=2026,
        origin_year=2026,
        collection_method=str(cells["collection_method"]),
        statutory_due_date=date.fromisoformat(str(cells["statutory_due_date"])),
        plate_number=str(cells["plate_number"]),
        chassis_last4=str(cells["chassis_last4"]),
        inspected=cells["inspected"] == 1,
        installments=tuple(
            InstallmentFacts(label=label, due_date=date.fromisoformat(due), assessed=int(assessed), paid=int(paid))
            for label, due, assessed, paid in zip(*split.values(), strict=True)
        ),
    )
