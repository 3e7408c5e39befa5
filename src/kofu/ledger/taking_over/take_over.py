"""移行: build the ledger from what the system before it knew, as a full tax feed and a resident feed state it.

Runs under the owner of the schema, into a ledger that has no entries yet. The feeds are checked whole before the first
row is posted. Then notices are taken in groups, each group one transaction, entries and balances by statements over
the whole group; a run that was broken off goes on with the notices that are missing. Indexes and checks of references
are set aside meanwhile and made at once at the end (`bulk_load`). `kofu.ledger.books.verify` checks what came of it.

The feed states per 期別 what was assessed and what was paid, not how and when it was paid: each paid amount becomes one
payment of channel `taken_over`, received on the due day or, where that lies ahead, on the feed's business day.
"""

from __future__ import annotations

import csv
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import FeedKind, FeedMode, Manifest
from kofu.contracts.feed_tables import COLLECTIONS, RESIDENTS
from kofu.core.errors import OperatorFault, PeerFault
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.ledger.people.domain.search_names import search_kana, search_name
from kofu.ledger.taking_over.bulk_load import put_back, set_aside
from kofu.ledger.taking_over.take_statements import take_statements
from kofu.platform.signed_manifests import read_signed_manifest

NOTICES_PER_GROUP = 20_000
STAGED = "taken_over_row"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What the ledger holds after taking over, in rows; amounts in yen. `transposed`: how often each 外字 code was."""

    taxpayers: int
    notices: int
    claims: int
    payments: int
    assessed: int
    paid: int
    transposed: Mapping[str, int] = field(default_factory=dict)


Progress = Callable[[int, int], None]


def take_over(
    connection: psycopg.Connection,
    *,
    tax_feed: Path,
    resident_feed: Path,
    keys: dict[FeedKind, Ed25519PublicKey],
    actor: str,
    progress: Progress = lambda _done, _all: None,
    transposition: TranspositionTables = NO_TABLES,
) -> TakenOver:
    """Take over both feeds through a connection of the owner in autocommit; `progress` hears (notices done, all).

    `transposition` puts the 外字 codes of the system before as the characters the municipality's tables say, in the
    texts of papers; a later feed of `issuing` then finds none.

    Raises `PeerFault` where a feed is not what its manifest says, `OperatorFault` `ledger_in_use` where the ledger
    holds entries that did not come from taking over, `not_autocommit` where the connection would make one transaction
    of everything.
    """
    if not connection.autocommit:
        raise OperatorFault("not_autocommit", "the ledger is taken over in many transactions: connect with autocommit")
    tax = _checked(tax_feed, keys[FeedKind.TAX], FeedKind.TAX)
    residents = _checked(resident_feed, keys[FeedKind.RESIDENT], FeedKind.RESIDENT)
    _require_unused(connection)
    transposed = _take_people(connection, resident_feed, residents.municipality_code, transposition)
    transposed += take_statements(connection, tax_feed, tax, actor, transposition).transposed
    _stage(connection, tax_feed)
    _require_totals(connection, tax)
    everything = _leave_missing(connection, tax.municipality_code)
    if everything:
        set_aside(connection)
    done = 0
    for first in _group_starts(connection):
        with connection.transaction():
            done += _take_group(connection, tax, actor, first)
        progress(done, everything)
    connection.execute(f"DROP TABLE {STAGED}")
    put_back(connection)
    for table in ("taxpayer", "notice", "claim", "claim_balance", "payment", "entry", "transfer", "share"):
        connection.execute(f"ANALYZE {table}")
    return replace(_counts(connection, tax.municipality_code), transposed=dict(transposed))


def _checked(folder: Path, key: Ed25519PublicKey, kind: FeedKind) -> Manifest:
    """Read the manifest and hash every file it vouches for."""
    manifest = read_signed_manifest(folder, key)
    if manifest.kind is not kind or manifest.mode is not FeedMode.FULL:
        raise PeerFault(
            "not_a_full_feed", f"{folder.name} is a {manifest.mode} {manifest.kind} feed; a full {kind} feed is needed"
        )
    for file in manifest.files:
        with (folder / file.name).open("rb") as data:
            if hashlib.file_digest(data, "sha256").hexdigest() != file.sha256:
                raise PeerFault(
                    "wrong_checksum", f"{folder.name}/{file.name} is not the file its manifest was signed for"
                )
    return manifest


def _require_unused(connection: psycopg.Connection) -> None:
    other = connection.execute("SELECT EXISTS (SELECT FROM entry WHERE source NOT LIKE '移行%')").fetchone()
    if other and other[0]:
        raise OperatorFault("ledger_in_use", "the ledger has entries of its own already: nothing is taken over into it")


def _take_people(
    connection: psycopg.Connection, folder: Path, municipality_code: str, tables: TranspositionTables
) -> Counter[str]:
    """Put the residents in, or bring them to what the feed says; count which codes were transposed."""
    transposed: Counter[str] = Counter()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE person (LIKE taxpayer INCLUDING DEFAULTS) ON COMMIT DROP")
        cursor.execute("ALTER TABLE person DROP COLUMN id")
        with cursor.copy(
            "COPY person (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, status_date, protected) FROM STDIN"
        ) as copy:
            for row in _rows(folder / RESIDENTS.file_name):
                name, address = tables.transpose(row["name"]), tables.transpose(row["address"])
                transposed += name.counts + address.counts
                copy.write_row(
                    (
                        municipality_code,
                        row["addressee_number"],
                        name.text,
                        row["kana"],
                        search_kana(row["kana"]),
                        search_name(name.text),
                        row["birthday"],
                        row["postal_code"],
                        address.text,
                        row["status"],
                        row["status_date"],
                        False,
                    )
                )
        columns = "name, kana, search_kana, search_name, birthday, postal_code, address, status, status_date"
        changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns.split(", "))
        cursor.execute(
            f"INSERT INTO taxpayer (municipality_code, addressee_number, {columns}, protected)"
            f" SELECT municipality_code, addressee_number, {columns}, protected FROM person"
            f" ON CONFLICT (municipality_code, addressee_number) DO UPDATE SET {changed}"
        )
    return transposed


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _stage(connection: psycopg.Connection, folder: Path) -> None:
    """Copy the file as it is into a table beside the ledger, anew at every run."""
    names = ", ".join(column.name for column in COLLECTIONS.columns)
    columns = ", ".join(f"{column.name} text" for column in COLLECTIONS.columns)
    connection.execute(f"DROP TABLE IF EXISTS {STAGED}")
    connection.execute(f"CREATE UNLOGGED TABLE {STAGED} ({columns}, place bigint GENERATED ALWAYS AS IDENTITY)")
    with (
        (folder / COLLECTIONS.file_name).open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {STAGED} ({names}) FROM STDIN (FORMAT csv, HEADER match, NULL '')") as copy,
    ):
        while block := file.read(1 << 20):
            copy.write(block)
    connection.execute(f"CREATE UNIQUE INDEX ON {STAGED} (notice_number)")
    connection.execute(f"CREATE UNIQUE INDEX ON {STAGED} (place)")
    connection.execute(f"ANALYZE {STAGED}")


def _leave_missing(connection: psycopg.Connection, municipality_code: str) -> int:
    """Leave in the staged table what a run before did not take; give how many notices that is."""
    connection.execute("ANALYZE notice")
    connection.execute(
        f"DELETE FROM {STAGED} AS row USING notice WHERE notice.municipality_code = %s"
        " AND notice.notice_number = row.notice_number",
        [municipality_code],
    )
    counted = connection.execute(f"SELECT count(*) FROM {STAGED}").fetchone()
    return int(counted[0]) if counted else 0


def _group_starts(connection: psycopg.Connection) -> range:
    """Places in the staged table at which groups begin."""
    row = connection.execute(f"SELECT coalesce(min(place), 0), coalesce(max(place), -1) FROM {STAGED}").fetchone()
    first, last = row or (0, -1)
    return range(first, last + 1, NOTICES_PER_GROUP)


def _require_totals(connection: psycopg.Connection, manifest: Manifest) -> None:
    """Compare rows and control totals with the manifest, and each row's totals with its installments."""
    file = next(file for file in manifest.files if file.name == COLLECTIONS.file_name)
    found = connection.execute(
        f"SELECT count(*), coalesce(sum(assessed_total::bigint), 0), coalesce(sum(paid_total::bigint), 0) FROM {STAGED}"
    ).fetchone()
    expected = (file.rows, file.control_totals["assessed_total"], file.control_totals["paid_total"])
    if found is None or tuple(map(int, found)) != expected:
        raise PeerFault("wrong_totals", f"{file.name}: rows and totals are {found}, the manifest says {expected}")
    broken = connection.execute(
        f"""
        SELECT count(*) FROM {STAGED} AS row, LATERAL (
            SELECT sum(part.assessed::bigint) AS assessed, sum(part.paid::bigint) AS paid,
                bool_or(part.paid::bigint > part.assessed::bigint) AS over,
                bool_or(part.installment IS NULL OR part.due IS NULL OR part.assessed IS NULL OR part.paid IS NULL)
                    AS missing
            FROM unnest({_LISTS}) AS part (installment, due, assessed, paid)
        ) AS sums
        WHERE sums.assessed <> assessed_total::bigint OR sums.paid <> paid_total::bigint OR sums.over OR sums.missing
        """
    ).fetchone()
    if broken and broken[0]:
        raise PeerFault(
            "wrong_installments", f"{file.name}: in {broken[0]} rows the installments do not make the totals"
        )


_LISTS = ", ".join(f"string_to_array(row.{name}, '|')" for name in ("installments", "due_dates", "assessed", "paid"))


def _take_group(connection: psycopg.Connection, manifest: Manifest, actor: str, first: int) -> int:
    """Take a group of the staged notices: facts, entries, balances; give how many they were."""
    words = {
        "code": manifest.municipality_code,
        "day": manifest.business_date,
        "actor": actor,
        "source": f"移行　第{manifest.generation}世代",
    }
    taken = connection.execute(
        f"""
        CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
        SELECT numbered.*, {_ordered_id("notice_id", of_payment=False)} AS entry_id
        FROM (
            SELECT row.*, nextval('{_sequence(connection, "notice")}') AS notice_id FROM {STAGED} AS row
            WHERE place >= {first} AND place < {first + NOTICES_PER_GROUP} ORDER BY place
        ) AS numbered
        """
    ).rowcount
    if not taken:
        return 0
    connection.execute(
        f"""
        CREATE TEMPORARY TABLE part ON COMMIT DROP AS
        SELECT numbered.*, CASE WHEN paid > 0 THEN {_ordered_id("claim_id", of_payment=True)} END AS payment_id,
            {_ordered_id("claim_id", of_payment=True)} AS payment_entry_id
        FROM (
            SELECT row.notice_id, row.entry_id, row.notice_number, row.addressee_number,
                nextval('{_sequence(connection, "claim")}') AS claim_id,
                list.installment, list.due::date AS due, list.assessed::bigint AS assessed, list.paid::bigint AS paid,
                least(list.due::date, date '{manifest.business_date}') AS received_on
            FROM taken AS row, unnest({_LISTS}) AS list (installment, due, assessed, paid)
        ) AS numbered
        """
    )
    for statement in _POST_GROUP:
        connection.execute(statement, words)
    return taken


def _ordered_id(counter: str, *, of_payment: bool) -> str:
    """Write in SQL an id that grows with time and a counter (as `platform.ordered_ids`; RFC 9562 §6.2, method 1).

    Of the counter 24 bits tell. What a person paid then lies side by side in every index, and is read at once. Entries
    of notices and of payments count by different numbers: a bit of their ids tells them apart.
    """
    millisecond = f"{time.time_ns() // 1_000_000:012x}"
    high, low = (f"lpad(to_hex(({counter} >> {shift}) & 4095), 3, '0')" for shift in (12, 0))
    variant = "9" if of_payment else "8"
    return f"('{millisecond}7' || {high} || '{variant}' || {low} || right(gen_random_uuid()::text, 12))::uuid"


def _sequence(connection: psycopg.Connection, table: str) -> str:
    """Name the sequence of a table's ids: looked up once for a group and not for every row."""
    row = connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table]).fetchone()
    return str(row[0]) if row else ""


#: From the group to the ledger: facts first, then entries with their transfers, then what follows from them.
_POST_GROUP = (
    """
    INSERT INTO notice (id, municipality_code, notice_number, addressee_number, tax, fiscal_year, origin_year,
        collection_method, statutory_due_date, plate_number, chassis_last4, inspected)
    SELECT notice_id, %(code)s, notice_number, addressee_number, tax, fiscal_year::smallint, origin_year::smallint,
        collection_method, statutory_due_date::date, coalesce(plate_number, ''), coalesce(chassis_last4, ''),
        inspected = '1'
    FROM taken
    """,
    "INSERT INTO claim (id, notice_id, installment, due_date) SELECT claim_id, notice_id, installment, due FROM part",
    """
    INSERT INTO payment (id, municipality_code, key, channel, received_on, booked_on, amount, office, notice_number,
        installment, source)
    SELECT payment_id, %(code)s, 'taken_over/' || notice_number || '/' || installment, 'taken_over', received_on,
        received_on, paid, '', notice_number, installment, %(source)s
    FROM part WHERE paid > 0
    """,
    """
    INSERT INTO entry (id, kind, effective_on, booked_on, actor, source, reason, detail)
    SELECT entry_id, 'assessed', min(due), %(day)s, %(actor)s, %(source)s, '', '{}'
    FROM part GROUP BY entry_id HAVING sum(assessed) > 0
    """,
    """
    INSERT INTO entry (id, kind, effective_on, booked_on, actor, source, reason, detail)
    SELECT payment_entry_id, 'received', received_on, %(day)s, %(actor)s, %(source)s, '', '{}'
    FROM part WHERE paid > 0
    """,
    """
    INSERT INTO transfer (entry_id, debit, credit, amount, claim_id)
    SELECT entry_id, 'due', 'assessed', assessed, claim_id FROM part WHERE assessed > 0
    """,
    """
    INSERT INTO transfer (entry_id, debit, credit, amount, claim_id, payment_id)
    SELECT payment_entry_id, debit, credit, paid, CASE WHEN credit = 'due' THEN claim_id END, payment_id
    FROM part, (VALUES (1, 'received', 'unallocated'), (2, 'unallocated', 'due')) AS step (step, debit, credit)
    WHERE paid > 0 ORDER BY claim_id, step
    """,
    """
    INSERT INTO claim_balance (claim_id, assessed, paid, waived, written_off, interest_assessed, interest_paid,
        interest_waived, interest_written_off, settled_on)
    SELECT claim_id, assessed, paid, 0, 0, 0, 0, 0, 0,
        CASE WHEN assessed > 0 AND paid = assessed THEN received_on END
    FROM part
    """,
    """
    INSERT INTO payment_balance (payment_id, received, added, allocated, suspense, overpaid, in_error, refundable,
        refunded, lapsed)
    SELECT payment_id, paid, 0, paid, 0, 0, 0, 0, 0, 0 FROM part WHERE paid > 0
    """,
    """
    INSERT INTO share (payment_id, claim_id, principal, interest, overpaid, in_error, refundable, refunded, lapsed,
        refund_interest, refund_interest_paid, refund_interest_applied)
    SELECT payment_id, claim_id, paid, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM part WHERE paid > 0
    """,
)


def _counts(connection: psycopg.Connection, municipality_code: str) -> TakenOver:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM taxpayer WHERE municipality_code = %(code)s),"
        " (SELECT count(*) FROM notice WHERE municipality_code = %(code)s), count(*),"
        " (SELECT count(*) FROM payment WHERE municipality_code = %(code)s),"
        " coalesce(sum(claim_balance.assessed), 0), coalesce(sum(claim_balance.paid), 0) FROM claim_balance"
        " JOIN claim ON claim.id = claim_balance.claim_id JOIN notice ON notice.id = claim.notice_id"
        " WHERE notice.municipality_code = %(code)s",
        {"code": municipality_code},
    ).fetchone()
    if row is None:
        raise OperatorFault("no_counts", "the ledger gave no counts")
    taxpayers, notices, claims, payments, assessed, paid = map(int, row)
    return TakenOver(taxpayers, notices, claims, payments, assessed, paid)
