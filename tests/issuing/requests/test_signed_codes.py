"""With signed codes on, papers are issued, and the nightly re-check comes to the same bytes."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pypdfium2
import pytest
import zxingcpp
from tests.issuing.world import NOON, World, people

from kofu.certificates.authenticity import from_text, read_code
from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress
from kofu.certificates.signed_code import CodeSigner
from kofu.certificates.signing_keys import make_signing_key, read_public_keys, read_signing_keys
from kofu.contracts.issuing import Issued
from kofu.issuing.checks.recheck import Derived, recheck
from kofu.issuing.requests.issue import issue_certificate
from kofu.platform.fonts import find_font, read_font

pytestmark = [pytest.mark.storage, pytest.mark.font]


def test_each_copy_bears_its_own_number_and_the_recheck_agrees(system_database, tmp_path):
    world = World(system_database("issuing"), tmp_path / "feeds")
    residents, cards, assessments = people(1)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    make_signing_key(tmp_path / "keys", date(2026, 1, 1), date(2099, 12, 31))
    signer = CodeSigner(read_signing_keys(tmp_path / "keys"), read_public_keys(tmp_path / "keys"))
    press = CertificatePress(read_font(find_font()), signer=signer)
    issuer = dataclasses.replace(world.issuer(press), make=lambda order: make(order, press))
    with world.connect() as connection:
        issued = issue_certificate(connection, issuer, world.request(copies=2))
        assert isinstance(issued, Issued)
        for document in issued.documents:
            with pypdfium2.PdfDocument(document.pdf) as opened:
                picture = opened[0].render(scale=200 / 72, grayscale=True).to_pil()
            (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
            said = read_code(from_text(code.text), signer.published)
            assert said.certificate_number == document.certificate_number

        def derive(order):
            made = make(order, press)
            return Derived(made.sha256, made.facts_digest)

        report = recheck(
            connection,
            world.acting(),
            world.profile,
            derive,
            start=NOON - timedelta(hours=12),
            end=NOON + timedelta(hours=12),
        )
    assert (report.copies, report.case_ids) == (2, ())
