"""見本抽出: papers of the same people from the new and the old generation, made before the new one can be read.

Figures tell what moved; a paper tells what a resident will hold. Half of the people are taken from those whose
assessment the load changed, half from all, the same ones for the same load. The papers go through press and last look
like any other and are dropped: only how often each field differs stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import psycopg

from kofu.certificates.content import compose
from kofu.certificates.domain.numbers import certificate_number
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.order import PersonFacts, Question, build_order
from kofu.certificates.released import ReleasedCertificate
from kofu.core.errors import KofuError
from kofu.core.kinds import CertificateKind
from kofu.core.profile import Profile
from kofu.issuing.feeds.feed_store import Load
from kofu.issuing.feeds.judge import Sampler
from kofu.issuing.requests.fact_store import SubjectQuestion, select_subject
from kofu.judgement.judgement import SampleReport

KIND = CertificateKind.TAXATION
SAMPLE_NUMBER = 999_999_999  # of no sequence: a sample is made, looked at and dropped
#: Certifiable rows of the load (changed = true) or of all, in an order that only the load decides.
_PEOPLE = """
    SELECT addressee_number, fiscal_year FROM fact_assessments
    WHERE municipality_code = %(municipality)s AND to_generation = %(still_valid)s
      AND taxing_right AND declaration = 'declared'
      AND fiscal_year = (SELECT max(fiscal_year) FROM fact_assessments
                         WHERE municipality_code = %(municipality)s AND to_generation = %(still_valid)s)
      AND (from_generation = %(generation)s OR NOT %(changed)s)
    ORDER BY md5(addressee_number || %(generation)s::text) LIMIT %(papers)s"""


def sampler_of(
    profile: Profile,
    make: Callable[[CertificateOrder], ReleasedCertificate],
    not_certifiable: tuple[type[Exception], ...],
) -> Sampler:
    """Make papers by `make`; `not_certifiable` are its ways to say that a person gets no paper, which is no fault."""

    def sample(connection: psycopg.Connection, load: Load, papers: int, day: date) -> SampleReport:
        if profile.rules(KIND) is None:
            return SampleReport(papers=0, differing=0, fields={})
        fields: Counter[str] = Counter()
        made = differing = failed = 0
        for person, year in _people(connection, load, papers):
            new = _order(connection, profile, load, person, year, day, load.data_generation)
            old = _order(connection, profile, load, person, year, day, load.data_generation - 1)
            if new is None:
                continue
            try:
                make(new)
                made += 1
                differences = () if old is None else _differences(old, new)
            except not_certifiable:
                continue
            except KofuError:
                failed += 1
                continue
            differing += bool(differences)
            fields.update(differences)
        return SampleReport(papers=made, differing=differing, fields=dict(fields), failed=failed)

    return sample


def _people(connection: psycopg.Connection, load: Load, papers: int) -> list[tuple[str, int]]:
    """Choose people and their newest year: half of them with a changed assessment, nobody twice."""
    found: dict[tuple[str, int], None] = {}
    for changed, count in ((True, papers // 2), (False, papers)):
        rows = connection.execute(_PEOPLE, load.parameters | {"changed": changed, "papers": count})
        found |= dict.fromkeys((person, year) for person, year in rows)
    return list(found)[:papers]


def _order(  # noqa: PLR0917 - what an order depends on
    connection: psycopg.Connection,
    profile: Profile,
    load: Load,
    person: str,
    year: int,
    day: date,
    generation: int,
) -> CertificateOrder | None:
    """Order a paper from one generation; None where the person has none there."""
    found = select_subject(
        connection,
        SubjectQuestion(
            municipality_code=load.municipality_code, fiscal_year=year, number=person, generation=generation
        ),
    )
    if found is None or found.resident is None or found.assessment is None:
        return None
    return build_order(
        profile,
        Question(kind=KIND, fiscal_year=year, copies=1, plate_number=None),
        PersonFacts(
            generation=generation,
            subject=found.resident.subject,
            assessment=found.assessment,
            collections=found.collections,
        ),
        certificate_number=certificate_number(day, load.municipality_code, SAMPLE_NUMBER),
        as_of=day,
        form_version=profile.form_version_on(KIND, day),
    )


def _differences(old: CertificateOrder, new: CertificateOrder) -> tuple[str, ...]:
    """Name the fields whose text differs."""
    before, after = compose(old).fields, compose(new).fields
    return tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
