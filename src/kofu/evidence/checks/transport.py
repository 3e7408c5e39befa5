"""Looks at a system's endpoint by connecting to it, as a neighbour would and as nobody should."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from kofu.core.errors import OperatorFault
from kofu.core.profile import RevocationRule
from kofu.evidence.domain.standing import EvidenceFinding, broken, deviates, holds, not_seen
from kofu.evidence.ground import EvidenceGround
from kofu.platform.machines import certificates_here, list_here, list_overdue
from kofu.platform.settings import url_of
from kofu.platform.tls import TlsFiles, client_context, tls_dir, tls_files

SECONDS_MAX = 5.0
DAYS_SOON = 30
#: Asked for on a connection that shows no certificate: TLS 1.3 tells of the refusal with the first answer.
ASKED = b"GET /healthz HTTP/1.0\r\n\r\n"


def mutual_tls(ground: EvidenceGround) -> EvidenceFinding:
    """TLS 1.3 with a certificate on both ends; none without a certificate, none by an older version."""
    address = urlsplit(url_of(ground.system))
    where = (address.hostname or "", address.port or 443)
    try:
        with socket.create_connection(where, timeout=SECONDS_MAX):
            pass
    except OSError:
        return not_seen("稼働していません。")
    version = _version(where, client_context(_own_files(ground.system)))
    if version != "TLSv1.3":
        return broken(f"証明書を示しても TLS 1.3 で話せません（{version or '接続できません'}）。")
    if _answers(where, _without_certificate()):
        return broken("証明書を示さない相手に答えます。")
    older = client_context(_own_files(ground.system))
    older.minimum_version, older.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    if _version(where, older):
        return broken("古い方式（TLS 1.2）で話します。")
    return holds("TLS 1.3 で、双方が証明書を示します。証明書のない相手と TLS 1.2 を断りました。")


def _own_files(system: str) -> TlsFiles:
    """Give certificate and key of the system, or of any that lies here: what is asked is the line, not the right."""
    for name in (system, *sorted(path.stem for path in tls_dir().glob("*.key") if path.stem != "ca")):
        try:
            return tls_files(name)
        except OperatorFault:
            continue
    return tls_files(system)


def _without_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(tls_dir() / "ca.pem")
    return context


def _version(where: tuple[str, int], context: ssl.SSLContext) -> str:
    """Shake hands and give the version spoken, "" where there was no handshake."""
    try:
        with (
            socket.create_connection(where, timeout=SECONDS_MAX) as plain,
            context.wrap_socket(plain, server_hostname=where[0]) as line,
        ):
            return line.version() or ""
    except (ssl.SSLError, OSError):
        return ""


def _answers(where: tuple[str, int], context: ssl.SSLContext) -> bool:
    """Whether somebody without a certificate gets a word back."""
    try:
        with (
            socket.create_connection(where, timeout=SECONDS_MAX) as plain,
            context.wrap_socket(plain, server_hostname=where[0]) as line,
        ):
            line.sendall(ASKED)
            return bool(line.recv(1))
    except (ssl.SSLError, OSError):
        return False


def machines(ground: EvidenceGround) -> EvidenceFinding:
    """Machines that may speak are named one by one, and no certificate that lies here is over or revoked."""
    names = ground.profile.machines.names
    if not names:
        return broken("通信してよい機器が、設定で一つも名指されていません。")
    here = certificates_here(tls_dir(), names, ground.now)
    if bad := [one for one in here if one.revoked or one.warning == 0]:
        return broken(f"期限の切れた、または失効した機器の証明書が {len(bad)} あります。")
    listed, rule = list_here(tls_dir()), ground.profile.machines.revocation
    if listed is None and rule is not RevocationRule.WARNED:
        return broken("設定が求める失効リストが、ここにありません。")
    if list_overdue(listed, ground.now):
        return deviates("失効リストの次のものが、予定の日時までに届いていません。")
    if ending := [one for one in here if one.warning is not None and one.warning <= DAYS_SOON]:
        return deviates(f"{DAYS_SOON}日のうちに期限の切れる機器の証明書が {len(ending)} あります。")
    return holds(f"通信してよい機器は {len(names)}。ここにある証明書 {len(here)} は、どれも有効です。")
