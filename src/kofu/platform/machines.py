"""Which machines may speak to us: those the profile names, with a certificate that was not revoked.

That the authority signed a certificate says who a machine is, not that it takes part: a kiosk that was sold, or one of
another municipality under the same authority, is signed too. `Admission` is asked when a line is opened and again at
every request, so that a revocation ends lines that are open. The list of revoked certificates (`ca.crl`, RFC 5280, PEM
or DER, signed by the authority) lies beside the authority's certificate and is read again when it changes: no restart.
A list that cannot be read, that the authority did not sign, that is older than the one in force, or that is gone,
changes nothing but the log: whoever could forge, lay back or remove one would bring a revoked machine back. A restart
forgets nothing either: the list in force is kept (`kept`), and the profile says whether a process serves without one,
or with one whose next is overdue (`RevocationRule`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kofu.core.errors import OperatorFault
from kofu.core.profile import RevocationRule
from kofu.platform.made_once import replace_whole
from kofu.platform.tls import file_stamp, read_authority_key

REVOKED_FILE = "ca.crl"
#: Days before its end from which a certificate is told of, first to last.
WARN_DAYS = (60, 30, 7)
#: A list of the development authority says when the next one comes; ours stays in force until another is laid.
_NEXT_LIST_DAYS = 30

_LOG = logging.getLogger("kofu.platform.machines")


@dataclass(slots=True)
class Admission:
    """Says of a peer whether it is let in. `names`: the machines the profile knows; None lets in whom the CA signed.

    `rule`: what the profile asks of the list. `kept`: where the list in force is kept over a restart; None keeps none.
    """

    authority: Path
    names: frozenset[str] | None = None
    rule: RevocationRule = RevocationRule.WARNED
    kept: Path | None = None
    list_file: Path = field(init=False)  # where the list of revoked certificates lies
    _force: x509.CertificateRevocationList | None = None  # the list in force, the newest that was seen
    _revoked: frozenset[int] = frozenset()
    _seen: tuple[int, int] | None = None
    _began: bool = False
    _told: set[tuple[int, int]] = field(default_factory=set)
    _overdue_told: bool = False

    def __post_init__(self) -> None:
        """Name the list's file once: it is looked at for every request."""
        self.list_file = self.authority.parent / REVOKED_FILE

    def __getstate__(self) -> dict[str, object]:
        """Go to a worker process without the list: it reads its own."""
        return {"authority": self.authority, "names": self.names, "rule": self.rule, "kept": self.kept}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Begin anew in a worker process."""
        self.__init__(**state)  # type: ignore[misc]  # the state is what `__getstate__` gave

    def refusal(self, name: str, serial: int) -> str:
        """Why a machine is not let in: `machine_unknown`, `machine_revoked`, `list_overdue`, or "" where it is."""
        if self.names is not None and name not in self.names:
            return "machine_unknown"
        self._look()
        if serial in self._revoked:
            return "machine_revoked"
        return "list_overdue" if self._overdue() and self.rule is RevocationRule.CURRENT else ""

    def require_list(self) -> None:
        """Let a process begin only with the list the profile asks for.

        Raises `OperatorFault` `no_revocation_list`, `revocation_list_overdue`, and as `read_list`.
        """
        if self.rule is RevocationRule.WARNED:
            return
        if read_list(self.list_file, self.authority) is None:
            raise OperatorFault(
                "no_revocation_list", f"the profile asks for a list of revoked certificates: lay it at {self.list_file}"
            )
        self._look()
        if self.rule is RevocationRule.CURRENT and self._overdue():
            raise OperatorFault(
                "revocation_list_overdue", f"{self.list_file} is overdue: lay the authority's next list there"
            )

    def warn_of_end(self, name: str, serial: int, ends: datetime, now: datetime) -> int | None:
        """Tell the log once for each of `WARN_DAYS` that a peer's certificate ends; gives the step that was told."""
        step = warning_step(ends, now)
        if step is None or (serial, step) in self._told:
            return None
        self._told.add((serial, step))
        _LOG.warning("the certificate of %s ends on %s", name, ends.date())
        return step

    def _look(self) -> None:
        if not self._began and self.kept is not None:
            self._take(self.kept, kept=True)
        self._began = True
        stamp = file_stamp(self.list_file)
        if stamp == self._seen:
            return
        self._seen = stamp
        self._take(self.list_file)
        if self._force is not None and stamp is None:
            _LOG.error("%s is gone; those revoked before stay so", self.list_file)

    def _take(self, path: Path, *, kept: bool = False) -> None:
        """Let the list in a file be in force where it is newer than the one that is, and keep it."""
        try:
            listed = read_list(path, self.authority)
        except OperatorFault as fault:
            _LOG.error("%s; those revoked before stay so", fault.message)
            return
        if listed is None:
            return
        if self._force is not None and listed.last_update_utc < self._force.last_update_utc:
            _LOG.error("%s is older than the list in force; those revoked before stay so", path)
            return
        self._force, self._revoked, self._overdue_told = listed, _serials(listed), False
        if self.kept is not None and not kept:
            try:
                self.kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                replace_whole(self.kept, listed.public_bytes(serialization.Encoding.PEM), mode=0o644)
            except OSError as error:
                _LOG.error("%s cannot be written (%s): a restart would not know it", self.kept, error.strerror)

    def _overdue(self) -> bool:
        overdue = list_overdue(self._force, now_utc())
        if overdue and not self._overdue_told:
            self._overdue_told = True
            _LOG.warning("%s is overdue: the authority's next list was not laid there", self.list_file)
        return overdue


def list_overdue(listed: x509.CertificateRevocationList | None, now: datetime) -> bool:
    """Whether the authority's next list should have come (RFC 5280 §5.1.2.5); one that names no day never is."""
    return listed is not None and listed.next_update_utc is not None and listed.next_update_utc <= now


def warning_step(ends: datetime, now: datetime) -> int | None:
    """Which of `WARN_DAYS` a certificate that ends then has come to; 0 where it is over, None where there is time."""
    left = ends - now
    if left <= timedelta():
        return 0
    return min((days for days in WARN_DAYS if left <= timedelta(days=days)), default=None)


def read_revoked(path: Path, authority: Path) -> frozenset[int]:
    """Read the serial numbers of revoked certificates; none where there is no list. Raises as `read_list`."""
    listed = read_list(path, authority)
    return frozenset() if listed is None else _serials(listed)


def _serials(listed: x509.CertificateRevocationList) -> frozenset[int]:
    return frozenset(one.serial_number for one in listed)


def read_list(path: Path, authority: Path) -> x509.CertificateRevocationList | None:
    """Read the list of revoked certificates; None where there is none.

    Raises `OperatorFault` `bad_revocation_list` for a file that is no list, or none of this authority.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OperatorFault("bad_revocation_list", f"{path} cannot be read ({error.strerror})") from error
    try:
        is_pem = data.startswith(b"-----")
        revoked = x509.load_pem_x509_crl(data) if is_pem else x509.load_der_x509_crl(data)
        signers = x509.load_pem_x509_certificates(authority.read_bytes())
    except (OSError, ValueError) as error:
        raise OperatorFault("bad_revocation_list", f"{path} is no list of revoked certificates") from error
    if not any(one.subject == revoked.issuer and _signed(revoked, one) for one in signers):
        raise OperatorFault("bad_revocation_list", f"{path} is not signed by the authority in {authority}")
    return revoked


def _signed(revoked: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    key = authority.public_key()
    kinds = (ec.EllipticCurvePublicKey, rsa.RSAPublicKey, ed25519.Ed25519PublicKey)
    try:
        return isinstance(key, kinds) and revoked.is_signature_valid(key)
    except (InvalidSignature, TypeError, ValueError):
        return False


def revoke(folder: Path, certificate: Path, now: datetime) -> int:
    """Put a certificate on the development authority's list; gives its serial number. In production the CA does."""
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    serial = x509.load_pem_x509_certificate(certificate.read_bytes()).serial_number
    listed = read_revoked(folder / REVOKED_FILE, folder / "ca.pem") | {serial}
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now)
        .next_update(now + timedelta(days=_NEXT_LIST_DAYS))
    )
    for number in sorted(listed):
        one = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now).build()
        builder = builder.add_revoked_certificate(one)
    made = builder.sign(read_authority_key(folder), hashes.SHA256())
    replace_whole(folder / REVOKED_FILE, made.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return serial


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCertificate:
    """A certificate that lies on this machine: whose it is, until when it is good, and how urgent that is."""

    name: str
    serial: int
    ends: datetime
    known: bool
    revoked: bool
    warning: int | None

    def days_left(self, now: datetime) -> int:
        """Whole days until it ends; negative where it is over."""
        return (self.ends - now).days


def certificates_here(folder: Path, names: frozenset[str], now: datetime) -> tuple[MachineCertificate, ...]:
    """Read the certificates of a TLS folder, the one that ends first foremost.

    Raises `OperatorFault` for a file that holds none, or a bad list of those revoked.
    """
    revoked = read_revoked(folder / REVOKED_FILE, folder / "ca.pem") if (folder / "ca.pem").exists() else frozenset()
    found = []
    for path in sorted(folder.glob("*.pem")):
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except ValueError:
            raise OperatorFault("bad_certificate", f"{path} holds no certificate") from None
        ends = certificate.not_valid_after_utc
        found.append(
            MachineCertificate(
                name=path.stem,
                serial=certificate.serial_number,
                ends=ends,
                known=path.stem == "ca" or path.stem in names,
                revoked=certificate.serial_number in revoked,
                warning=warning_step(ends, now),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.ends, one.name)))


def list_here(folder: Path) -> x509.CertificateRevocationList | None:
    """Read the list of revoked certificates of a TLS folder; None where there is none. Raises as `read_list`."""
    return read_list(folder / REVOKED_FILE, folder / "ca.pem")


def as_metrics(
    found: tuple[MachineCertificate, ...], now: datetime, listed: x509.CertificateRevocationList | None = None
) -> str:
    """Word the certificates for a monitor (OpenMetrics text): seconds until each ends, and whether it is revoked.

    `listed`: the list of revoked certificates, with the seconds until its next is due.
    """
    ends, revoked, due = (
        "kofu_certificate_expires_seconds", "kofu_certificate_revoked", "kofu_revocation_list_due_seconds",
    )  # fmt: skip
    lines = [
        f"# TYPE {ends} gauge",
        f"# HELP {ends} Seconds until a machine's certificate ends; negative once it has.",
        *(f'{ends}{{machine="{one.name}"}} {int((one.ends - now).total_seconds())}' for one in found),
        f"# TYPE {revoked} gauge",
        f"# HELP {revoked} 1 where a certificate on this machine is on the authority's list.",
        *(f'{revoked}{{machine="{one.name}"}} {int(one.revoked)}' for one in found),
    ]
    if listed is not None and listed.next_update_utc is not None:
        lines += [
            f"# TYPE {due} gauge",
            f"# HELP {due} Seconds until the authority's next list is due; negative where it is overdue.",
            f"{due} {int((listed.next_update_utc - now).total_seconds())}",
        ]
    lines.append("# EOF")
    return "\n".join(lines) + "\n"


def now_utc() -> datetime:
    """Give the instant by which certificates are judged."""
    return datetime.now(UTC)
