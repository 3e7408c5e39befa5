"""What the kiosk may offer right now: kinds, fees, years. Nothing personal; said from the profile and the stops."""

from __future__ import annotations

from datetime import datetime

import psycopg

from kofu.certificates.domain.refusals import REFUSALS, Reason
from kofu.contracts.issuing import Menu, MenuKind, MenuYear, Text
from kofu.core.bilingual import Bilingual
from kofu.core.calendar import day_in_japan
from kofu.core.kinds import CertificateKind
from kofu.core.profile import Profile
from kofu.core.wareki import income_year_label
from kofu.issuing.cases import case_store

#: Kinds that state the income of the year before their fiscal year (地方税法32条1項, 313条1項: 前年の所得).
STATES_INCOME = frozenset({CertificateKind.TAXATION, CertificateKind.INCOME})


def read_menu(connection: psycopg.Connection, profile: Profile, now: datetime) -> Menu:
    """Say what is open at `now`. The labels of the years are those the certificates bear (文京区: they were not)."""
    stopped = bool(case_store.standing_stops(connection, profile.code))
    service = profile.service(now)
    closed = REFUSALS[Reason.ISSUANCE_HALTED].resident if stopped else service.closed_text
    return Menu(
        municipality_code=profile.code,
        municipality_name=profile.name,
        open=service.open and not stopped,
        closed_text=None if service.open and not stopped else _text(closed),
        kinds=() if stopped else _kinds(profile, now),
        max_copies=profile.max_copies,
    )


def _kinds(profile: Profile, now: datetime) -> tuple[MenuKind, ...]:
    today = day_in_japan(now)
    return tuple(
        MenuKind(
            kind=rules.kind,
            label=Text(ja=rules.label.ja, en=rules.label.en),
            fee=profile.fee_on(rules.kind, today).kiosk,
            years=tuple(
                MenuYear(
                    fiscal_year=year,
                    label=profile.year_label(year),
                    income_label=_income_label(year) if rules.kind in STATES_INCOME else "",
                )
                for year in profile.published_years(rules.kind, today, None)
            ),
        )
        for rules in profile.kinds
        if rules.kiosk and profile.opening(rules.kind, now).open
    )


def _income_label(fiscal_year: int) -> str:
    """Say 令和7年中の所得 for 2026: the year is named as the certificate names it (令和7年分)."""
    return income_year_label(fiscal_year, era_change="end").removesuffix("分") + "中の所得"


def _text(said: Bilingual | None) -> Text | None:
    return None if said is None else Text(ja=said.ja, en=said.en)
