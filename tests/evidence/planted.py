"""The fault planted for each look: after it the look must find its promise broken."""

from __future__ import annotations

import dataclasses
import ssl
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
from tests.evidence.sound import (
    SOUND_ACCOUNT,
    WARD,
    Act,
    PlantedCase,
    add_account,
    decided_by_two,
    fed_yesterday,
    jobs_ran_today,
    keys_at_rest,
    kiosk_at_rest,
    kiosk_serves,
    on_record,
    reviewed,
    served_by_tls,
)

from kofu.core.profile import KnownMachines, RevocationRule
from kofu.evidence.ground import EvidenceGround
from kofu.kiosk import evidence as kiosk_looks
from kofu.kiosk.domain import screens
from kofu.kiosk.domain.screens import Screen, ScreenEvent
from kofu.kiosk.maintenance import Maintenance
from kofu.platform.tls import VALID_DAYS
from kofu.staff.domain.contractors import REVIEW_DAYS, half_year_of
from kofu.staff.permissions import PERMISSIONS


def sql(*statements: str) -> Act:
    """Plant by statements of the owner."""
    return lambda case: case.sql(*statements)


def grant_delete(case: PlantedCase) -> None:
    case.sql(f"GRANT DELETE ON audit_entry TO kofu_{case.ground.system}")


def guard_off(case: PlantedCase) -> None:
    case.sql("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_stays")


def account(name: str = "見本 乙", **columns: object) -> Act:
    """An account beside the sound one."""
    cells = {**SOUND_ACCOUNT, "login": f"a{uuid.uuid4().hex[:8]}", "display_name": name, **columns}
    return lambda case: add_account(case.owner, **cells)


def came_unrecorded(case: PlantedCase) -> None:
    account(last_login=case.ground.now - timedelta(hours=1))(case)


def real_papers(case: PlantedCase) -> EvidenceGround:
    """A published password where papers are real."""
    account(demonstration=True)(case)
    return case.with_profile(specimen=False)


def anchors_old(case: PlantedCase) -> EvidenceGround:
    return dataclasses.replace(case.ground, now=case.ground.now + timedelta(hours=30))


def old_file_alone_outside(case: PlantedCase) -> None:
    """The newest anchor stands in the database, and outside lies a checkpoint of long ago."""
    outside = case.folder / "outside" / case.ground.system
    outside.mkdir(parents=True)
    (outside / "000000000000.checkpoint").write_bytes(b"old")
    case.patch.setenv("KOFU_ANCHORS", str(outside.parent))


def entry_changed(case: PlantedCase) -> None:
    case.sql(
        "ALTER TABLE audit_entry DISABLE TRIGGER USER",
        "UPDATE audit_entry SET body = replace(body, 'done', 'dune') WHERE body LIKE '%\"result\":\"done\"%'",
        "ALTER TABLE audit_entry ENABLE TRIGGER USER",
    )


def month_gone_early(case: PlantedCase) -> None:
    case.sql(
        "INSERT INTO audit_segment (month, manifest, state, earliest, latest)"
        " VALUES ('2025-01', '{}', 'expired', now() - interval '2 years', now() - interval '23 months')"
    )


def month_unsigned(case: PlantedCase) -> None:
    case.sql(
        "INSERT INTO audit_segment (month, manifest, state, earliest, latest)"
        " VALUES ('2020-01', '{}', 'archived', now() - interval '100 days', now() - interval '95 days')"
    )


def let(action: str, **changed: object) -> Act:
    """Give the look a permission table with one action changed."""

    def plant(case: PlantedCase) -> EvidenceGround:
        actions = tuple(
            msgspec.structs.replace(one, **changed) if one.code == action else one for one in PERMISSIONS.actions
        )
        return dataclasses.replace(case.ground, permissions=msgspec.structs.replace(PERMISSIONS, actions=actions))

    return plant


def console_as_maintenance(case: PlantedCase) -> EvidenceGround:
    return let("paper.issue", roles=("administrator",))(case)


def key_for_all(case: PlantedCase) -> None:
    (case.folder / "keys" / "anchor.key").chmod(0o644)
    case.folder.chmod(0o755)
    (case.folder / "keys").chmod(0o755)


def old_year_back(case: PlantedCase) -> None:
    case.sql("UPDATE fact_assessments SET fiscal_year = 2019 WHERE fiscal_year = 2023")


def erased_in_tables_only(case: PlantedCase) -> None:
    case.sql(
        "INSERT INTO erasure (municipality_code, retired_before_year, assessments_erased, collections_erased,"
        " collections_kept_unpaid, rows_sha256, data_generation, erased_at)"
        f" VALUES ('{WARD}', 2023, 1, 1, 0, repeat('0', 64), 1, now())"
    )


def case_forgotten(case: PlantedCase) -> None:
    case.sql(
        "INSERT INTO issuing_case (case_id, municipality_code, kind, request_id, summary, opened_at, cause,"
        " occurrences)"
        f" VALUES (repeat('c', 32), '{WARD}', 'issue_fault', '', 'x', now() - interval '15 days', '', 1)"
    )


def day_forgotten(case: PlantedCase) -> None:
    case.owner.execute("UPDATE reached_day SET day = %s", [case.ground.today - timedelta(days=1)])


def settled_day_wrong(case: PlantedCase) -> None:
    """Hide nothing any more: the column that says from when is made empty."""
    case.sql(
        "ALTER TABLE claim_balance ALTER COLUMN out_of_reach_from DROP EXPRESSION",
        "UPDATE claim_balance SET out_of_reach_from = NULL",
    )


def file_forgotten(case: PlantedCase) -> None:
    case.owner.execute(
        "INSERT INTO received_file (id, municipality_code, kind, name, sha256, content, rows, total, problems,"
        " bad_rows, state, received_by, received_at, decided_by, decision_reason)"
        " VALUES (%s, %s, 'assessments', 'a', 'b', '', 1,"
        " 1, '[]', 0, 'checked', 'test', %s, '', '')",
        [uuid.uuid4(), WARD, case.ground.now - timedelta(days=15)],
    )


def way_past_the_card(case: PlantedCase) -> None:
    _arrow(case, Screen.PIN, ScreenEvent.PIN_RIGHT, Screen.KIND)


def end_past_the_erasure(case: PlantedCase) -> None:
    _arrow(case, Screen.PAPER, ScreenEvent.PAPER_TAKEN, Screen.WELCOME)


def _arrow(case: PlantedCase, before: Screen, event: ScreenEvent, after: Screen) -> None:
    table = {**screens.VISIT_LIFE.table, (before, event): after}
    case.patch.setattr(screens, "VISIT_LIFE", dataclasses.replace(screens.VISIT_LIFE, table=table))


def paper_left_on_disk(case: PlantedCase) -> None:
    (case.folder / "kiosk" / "kiosk-0001" / "certificate.pdf").write_bytes(b"%PDF-1.4")


def sound_lost(case: PlantedCase) -> None:
    case.patch.setattr(kiosk_looks, "FOLDER", case.folder)


def door_open(case: PlantedCase) -> None:
    case.patch.setattr(Maintenance, "_inside", lambda *_: True)


def line_without_certificate(case: PlantedCase) -> None:
    served_by_tls(case, asks=ssl.CERT_NONE)


def registered_elsewhere(case: PlantedCase) -> None:
    """Let the register say that years were erased which this database never erased."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from kofu.issuing.feeds.erasure_orders import DoneErasure
    from kofu.issuing.feeds.erasure_register import write_entries

    done = DoneErasure(
        before_year=2022, assessments=1, collections=1, kept_unpaid=0, rows_sha256="0" * 64,
        erased_at=case.ground.now, on_disk_at=case.ground.now, archived=False,
    )  # fmt: skip
    write_entries(case.folder / "erasures", Ed25519PrivateKey.generate(), WARD, [done])


def unruled(case: PlantedCase) -> None:
    case.sql(*(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in ("claim", "claim_balance")))


def contract(*, ends: int, work: str = "maintenance") -> Act:
    """A contract that ends so many days from now, recorded without a worker."""

    def plant(case: PlantedCase) -> None:
        case.owner.execute(
            "WITH company AS (INSERT INTO staff_contractor (name) VALUES ('見本保守') RETURNING id)"
            " INSERT INTO staff_service_contract (contractor_id, title, work, starts_on, ends_on, responsible,"
            " recorded_by, recorded_at) SELECT id, '保守', %s, %s, %s, '見本 責任', 'kanri1', now() FROM company",
            [work, case.ground.today - timedelta(days=400), case.ground.today + timedelta(days=ends)],
        )

    return plant


def ten_workers(case: PlantedCase) -> None:
    contract(ends=30)(case)
    case.owner.execute(
        "INSERT INTO staff_roster_worker (contract_id, name, login, starts_on, recorded_by, recorded_at, confirmed_by)"
        " SELECT id, 'w', '', %s, 'kanri1', now(), 'kanri2' FROM staff_service_contract, generate_series(1, 10)",
        [case.ground.today],
    )


def one_more_to_review(case: PlantedCase) -> EvidenceGround:
    account()(case)
    first = half_year_of(case.ground.today)
    later = datetime(first.year, first.month, 1, 12, tzinfo=UTC) + timedelta(days=REVIEW_DAYS + 1)
    return dataclasses.replace(case.ground, now=later)


def delivery_uncertified(case: PlantedCase) -> None:
    case.owner.execute(
        "INSERT INTO delivery (id, municipality_code, kind, number, sent_on, name, sha256, papers, total, made_by,"
        " made_at) VALUES (%s, %s, 'claims', 1, %s, 'd', 's', 1, 1, 'test', %s)",
        [uuid.uuid4(), WARD, case.ground.today - timedelta(days=90), case.ground.now - timedelta(days=90)],
    )
    case.owner.execute(
        "INSERT INTO delivery_given_up (delivery_id, recorded_by, given_up_at, reason) SELECT id, 'test', %s, 'x'"
        " FROM delivery",
        [case.ground.now - timedelta(days=60)],
    )


def list_required(case: PlantedCase) -> EvidenceGround:
    """A profile that asks for a revocation list, where there is none."""
    machines = dataclasses.replace(case.ground.profile.machines, revocation=RevocationRule.REQUIRED)
    return case.with_profile(machines=machines)


#: The fault of each look: the system it is tried in, the sound state, and what is planted.
PLANTED: dict[str, tuple[str, Act | None, Act]] = {
    "record.append_only": ("ledger", None, grant_delete),
    "record.written": ("ledger", None, came_unrecorded),
    "record.anchored": ("ledger", None, anchors_old),
    "record.unbroken": ("ledger", None, entry_changed),
    "record.reviewed": ("ledger", None, month_unsigned),
    "record.seven_years": ("ledger", None, month_gone_early),
    "accounts.personal": ("ledger", None, account("共用端末")),
    "accounts.second_factor": ("ledger", None, account(password_is_initial=False)),
    "accounts.no_demonstration": ("ledger", None, real_papers),
    "rights.maintenance_sees_nobody": ("ledger", None, let("person.view", roles=("administrator",))),
    "rights.look_ups_ask_purpose": ("ledger", None, let("person.print", purpose=False)),
    "rights.two_people": ("ledger", None, let("overpayment.approve", roles=("clerk",))),
    "rights.console_reads_no_facts": ("issuing", None, sql("GRANT SELECT ON fact_residents TO kofu_issuing_console")),
    "accounts.roster": ("ledger", None, account(role="contractor")),
    "accounts.reviewed": ("ledger", reviewed, one_more_to_review),
    "accounts.two_administrators": (
        "ledger",
        on_record,
        sql("ALTER TABLE staff_account_change DROP CONSTRAINT staff_account_change_two_people"),
    ),
    "accounts.emergencies_reported": (
        "ledger",
        None,
        sql(
            "INSERT INTO staff_emergency_access (holder, reason, minutes, state, asked_at, decided_by, decided_at,"
            " ends_at, reported_by) VALUES ('kou', 'x', 60, 'granted', now() - interval '4 days', 'kakaricho',"
            " now() - interval '4 days', now() - interval '3 days', '')"
        ),
    ),
    "incidents.reported": (
        "issuing",
        None,
        sql(
            'INSERT INTO staff_incident ("case", title, known_at, wrongful, persons, items, course, cause,'
            " measures, recorded_by, recorded_at) VALUES ('', 'x', now() - interval '6 days', false, 1, 'x', 'x',"
            " 'x', 'x', 'kou', now())"
        ),
    ),
    "contracts.few_workers": ("issuing", None, ten_workers),
    "contracts.responsible": ("ledger", None, contract(ends=30)),
    "contracts.erased": ("ledger", None, contract(ends=-31)),
    "deliveries.erased": ("ledger", None, delivery_uncertified),
    "files.private": ("ledger", keys_at_rest, key_for_all),
    "transport.machines": ("issuing", None, lambda case: case.with_profile(machines=KnownMachines())),
    "transport.mutual_tls": ("center", served_by_tls, line_without_certificate),
    "retention.jobs_ran": ("ledger", jobs_ran_today, sql("DELETE FROM retention_run WHERE code = 'received-files'")),
    "years.four_kept": ("issuing", None, old_year_back),
    "years.erased": ("issuing", None, erased_in_tables_only),
    "years.register_applied": ("issuing", None, registered_elsewhere),
    "cases.looked_at": ("issuing", None, case_forgotten),
    "reach.rules_stand": ("ledger", None, sql("ALTER TABLE debit_request_line DISABLE ROW LEVEL SECURITY")),
    "reach.paid_seven_years": ("ledger", None, settled_day_wrong),
    "reach.written_off_five_years": ("ledger", None, settled_day_wrong),
    "renewal.nothing_waits": ("ledger", None, file_forgotten),
    "renewal.nightly_feed": ("ledger", fed_yesterday, sql("UPDATE feed_generation SET business_date = '2020-01-01'")),
    "center.no_place_for_content": ("center", None, sql("ALTER TABLE center_request ADD COLUMN subject_name text")),
    "center.nothing_after_the_end": (
        "center",
        None,
        sql(
            "ALTER TABLE center_session DROP CONSTRAINT center_session_erased_at_end",
            "INSERT INTO center_session (session_id, kiosk_id, municipality_code, serial, opened_at, expires_at,"
            f" ended_at) VALUES ('s', 'k', '{WARD}', '0123', now(), now(), now())",
        ),
    ),
    "kiosk.nothing_on_disk": ("kiosk", kiosk_at_rest, paper_left_on_disk),
    "kiosk.ends_erased": ("kiosk", None, end_past_the_erasure),
    "kiosk.card_first": ("kiosk", None, way_past_the_card),
    "kiosk.warnings": ("kiosk", None, sound_lost),
    "kiosk.maintenance_password": ("kiosk", kiosk_serves, door_open),
}
#: Looks that hold by several guards: each taken away by itself.
FURTHER: tuple[tuple[str, str, Act | None, Act], ...] = (
    ("record.append_only", "center", None, guard_off),
    ("record.anchored", "ledger", None, old_file_alone_outside),
    ("accounts.personal", "ledger", None, sql("UPDATE staff_account SET active_to = '2020-01-02'")),
    ("accounts.two_administrators", "ledger", decided_by_two, sql("UPDATE staff_account SET role = 'approver'")),
    ("accounts.two_administrators", "issuing", on_record, account(role="administrator")),
    ("rights.maintenance_sees_nobody", "issuing", None, console_as_maintenance),
    ("rights.maintenance_sees_nobody", "issuing", None, let("row.view", roles=("auditor", "administrator"))),
    ("transport.mutual_tls", "center", served_by_tls, lambda case: served_by_tls(case, least=ssl.TLSVersion.TLSv1_2)),
    (
        "transport.machines",
        "issuing",
        None,
        lambda case: dataclasses.replace(case.ground, now=case.ground.now + timedelta(days=VALID_DAYS + 1)),
    ),
    ("transport.machines", "issuing", None, list_required),
    ("reach.rules_stand", "ledger", None, day_forgotten),
    ("reach.paid_seven_years", "ledger", None, unruled),
)
