"""Certificates of the development authority, and contexts that trust nobody else."""

from __future__ import annotations

import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kofu.core.errors import OperatorFault
from kofu.platform.tls import NAMES, client_context, issue_certificate, make_development_ca, tls_files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KOFU_TLS_DIR", str(tmp_path / "tls"))
    make_development_ca(tmp_path / "tls")
    return tmp_path / "tls"


def test_each_system_has_its_name_and_only_the_authority_signs(folder):
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    for name in NAMES:
        certificate = x509.load_pem_x509_certificate(tls_files(name).certificate.read_bytes())
        certificate.verify_directly_issued_by(authority)
        assert [item.value for item in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [name]
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
        usage = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        assert usage - {ExtendedKeyUsageOID.SERVER_AUTH} == {ExtendedKeyUsageOID.CLIENT_AUTH}
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)


def test_a_missing_file_is_named(folder):
    (folder / "center.key").unlink()
    with pytest.raises(OperatorFault, match=r"center\.key is missing"):
        tls_files("center")


def test_a_client_speaks_tls_1_3_and_checks_name_and_chain(folder):
    context = client_context(issue_certificate(folder, "kiosk-0002"))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1
