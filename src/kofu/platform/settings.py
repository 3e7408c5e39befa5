"""Where a process finds its ground: environment variables, each with one meaning, read in this one place.

===========================  ==========================================================================================
`KOFU_VAR`                   folder of everything that is made at run time (database, keys, feeds); default `./var`
`KOFU_PROFILE`               the municipality's profile (TOML); default `profiles/mihon.toml`
`KOFU_FONT_DIR`              folder that holds `ipamjm.ttf`; default: see `platform.fonts`
`KOFU_DATABASE_URL`          an administrator's PostgreSQL URL; without it the embedded PostgreSQL is started
`KOFU_<SYSTEM>_DATABASE_URL` URL of one system's database, under the role it runs as
`KOFU_ERASURES`              folder of the register of erasures (issuing); default `KOFU_VAR/erasures`
`KOFU_LAYOUTS`               folder of the municipality's file layouts and barcode profile (TOML); without it those of
                             the demonstration, under a profile whose papers say 見本
`KOFU_<SYSTEM>_URL`          where a system answers; default: loopback and the port below
`KOFU_<SYSTEM>_PORT`         port a system listens on
`KOFU_LISTEN`                address that machines of neighbours reach the machine endpoints at; default: loopback
`KOFU_<SCREENS>_CERTIFICATE` TLS certificate chain (PEM) of staff screens (`ledger`, `console`); default: plain HTTP on
                             loopback
`KOFU_<SCREENS>_KEY`         its key (PEM)
`KOFU_ANCHORS`               folder of the anchors of the audit logs, one below it for each system; default
                             `KOFU_VAR/anchors`
`KOFU_ANCHOR_ORIGIN`         begins the name of a log in its anchors, `NAME/SYSTEM`; default `kofu.local`
`KOFU_ANCHOR_MINUTES`        how often a serving process makes an anchor; default 60, 0 for never (another machine does)
`KOFU_ANCHOR_HOURS_MAX`      older than this the newest anchor does not do; default 26
`KOFU_AUDIT_ARCHIVE`         folder of the months of the audit logs that left the databases, one below it for each
                             system; default `KOFU_VAR/archive`
`KOFU_WITNESS`               file with the verifier key of the witness who must co-sign anchors; without it none must
`KOFU_WITNESS_URL`           its address, before `/add-checkpoint`
`KOFU_STAFF_HOSTS`           host names browsers may reach staff screens by, with commas; default `127.0.0.1,localhost`
`KOFU_PROXY`                 addresses, with commas, of the proxy that ends TLS before staff screens, the page that
                             verifies and the witness: of it alone, what it says in `X-Forwarded-For` and
                             `X-Forwarded-Proto` is believed, and cookies go over TLS alone
`KOFU_STAFF_SESSIONS`        in a demonstration alone, in place of the profile's `[staff] one_session`: `one` or `many`
`KOFU_OPERATOR_MINUTES`      how long a session opened by `kofu login` lasts, in minutes; default 30
`KOFU_SERVICE`               the unattended job this process is (`staff/services.toml`): night, take-feeds, …
`KOFU_SERVICE_KEY`           file with its key, mode 0600; default `KOFU_VAR/keys/service-<name>.key`
===========================  ==========================================================================================
"""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile

#: Systems with a database of their own.
DATABASE_SYSTEMS: tuple[str, ...] = ("issuing", "ledger", "registry", "center")

#: Ports on loopback where nothing else is said.
DEFAULT_PORTS: dict[str, int] = {
    "start": 8800,
    "kiosk": 8801,
    "center": 8802,
    "issuing": 8803,
    "registry": 8804,
    "ledger": 8805,
    "console": 8806,
    "verification": 8810,
    "witness": 8811,
}

#: What staff open in a browser: name of the port → the system whose screens and database they are.
STAFF_SCREENS: dict[str, str] = {"ledger": "ledger", "console": "issuing"}

HIGHEST_PORT = 65535

OPERATOR_MINUTES, OPERATOR_MINUTES_MAX = 30, 480


def var_dir() -> Path:
    """Folder for what is made at run time; made where it is missing."""
    folder = Path(os.environ.get("KOFU_VAR", "var")).resolve()
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the embedded PostgreSQL may run as another account, which must get through
    return folder


def profile_path() -> Path:
    """Path of the municipality's profile. Raises `OperatorFault` where it is not a file."""
    path = Path(os.environ.get("KOFU_PROFILE", "profiles/mihon.toml")).resolve()
    if not path.is_file():
        raise OperatorFault(
            "no_profile", f"no profile at {path}; name one by KOFU_PROFILE or run where profiles/mihon.toml is"
        )
    return path


def anchors_dir(system: str) -> Path:
    """Folder of the anchors of one system's audit log."""
    return Path(os.environ.get("KOFU_ANCHORS", var_dir() / "anchors")).resolve() / system


def archive_dir(system: str) -> Path:
    """Folder of the months of one system's audit log that left its database."""
    return Path(os.environ.get("KOFU_AUDIT_ARCHIVE", var_dir() / "archive")).resolve() / system


def whole_number(name: str, default: int) -> int:
    """Read a setting that is a whole number from 0 on. Raises `OperatorFault`."""
    text = os.environ.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise OperatorFault("bad_setting", f"{name} must be a whole number, 0 or more")
    return int(text)


def layouts_dir() -> Path | None:
    """Folder of the municipality's own file layouts; None where none is named. Raises `OperatorFault` for no folder."""
    named = os.environ.get("KOFU_LAYOUTS", "")
    if named and not Path(named).is_dir():
        raise OperatorFault("no_layouts", "KOFU_LAYOUTS must name a folder; see docs/how-to/payment-files.md")
    return Path(named) if named else None


#: What every connection is opened with unless the URL says otherwise (libpq's own defaults wait for ever). A server
#: that vanished without a word is given up after 10 s, one that does not answer a new connection after 5 s for each
#: host of the URL: with two hosts a fail-over is noticed within 20 s. Units: seconds, but `tcp_user_timeout` in ms.
CONNECTION_PATIENCE: dict[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


def with_patience(url: str) -> str:
    """Give a PostgreSQL URL the limits of `CONNECTION_PATIENCE` it does not state itself.

    Raises `OperatorFault` for what is no PostgreSQL URL; the URL is not quoted, for it may hold a password.
    """
    try:
        stated = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise OperatorFault(
            "bad_database_url", "a database URL is no PostgreSQL URL; see docs/how-to/production-database.md"
        ) from error
    return make_conninfo(url, **{key: value for key, value in CONNECTION_PATIENCE.items() if key not in stated})


def database_url(system: str) -> str:
    """URL of the system's database under the role it runs as, with limits for a server that does not answer.

    Raises `OperatorFault` where it is not set or no URL.
    """
    name = f"KOFU_{system.upper()}_DATABASE_URL"
    url = os.environ.get(name, "")
    if not url:
        raise OperatorFault("no_database_url", f"{name} is not set; `kofu up` sets it for the processes it starts")
    return with_patience(url)


def port_of(system: str) -> int:
    """Port the system listens on. Raises `OperatorFault` for what is not a port."""
    name = f"KOFU_{system.upper()}_PORT"
    text = os.environ.get(name)
    if text is None:
        return DEFAULT_PORTS[system]
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= HIGHEST_PORT:
        raise OperatorFault("bad_port", f"{name} must be a port number from 1 to {HIGHEST_PORT}")
    return int(text)


def listen_address() -> str:
    """Address of this machine that machines of neighbours reach it at; loopback unless told. Raises `OperatorFault`."""
    named = os.environ.get("KOFU_LISTEN", "127.0.0.1")
    try:
        return str(ip_address(named))
    except ValueError:
        raise OperatorFault("bad_listen", f"KOFU_LISTEN must be an address such as 192.0.2.10, not {named}") from None


def url_of(system: str) -> str:
    """Address the system answers at."""
    return os.environ.get(f"KOFU_{system.upper()}_URL", f"https://localhost:{port_of(system)}")


def staff_tls(screens: str) -> tuple[Path, Path] | None:
    """Certificate and key the staff screens are served with; None for plain HTTP. Raises `OperatorFault` for half."""
    names = (f"KOFU_{screens.upper()}_CERTIFICATE", f"KOFU_{screens.upper()}_KEY")
    named = [os.environ.get(name, "") for name in names]
    if not any(named):
        return None
    for name, value in zip(names, named, strict=True):
        if not value or not Path(value).is_file():
            raise OperatorFault(
                "bad_staff_tls", f"{name} must name a PEM file, and {names[0]} and {names[1]} go together"
            )
    return Path(named[0]), Path(named[1])


def staff_hosts() -> list[str]:
    """Host names by which browsers may reach the staff screens; any other is refused."""
    return [name.strip() for name in os.environ.get("KOFU_STAFF_HOSTS", "127.0.0.1,localhost").split(",")]


def trusted_proxies() -> list[str]:
    """Addresses of the proxy whose word on a browser's address and scheme is taken; nobody's where none is named.

    Raises `OperatorFault` for what is no address or network.
    """
    named = [name.strip() for name in os.environ.get("KOFU_PROXY", "").split(",") if name.strip()]
    for name in named:
        try:
            ip_network(name)
        except ValueError:
            raise OperatorFault(
                "bad_proxy", f"KOFU_PROXY must hold addresses or networks such as 192.0.2.10, not {name}"
            ) from None
    return named


def one_session_each(profile: Profile) -> bool:
    """Whether a login to staff screens ends the account's session before, as the profile says.

    A demonstration, and nothing else, may say otherwise by `KOFU_STAFF_SESSIONS`. Raises `OperatorFault` for a word
    that is neither.
    """
    said = os.environ.get("KOFU_STAFF_SESSIONS", "")
    if said not in {"", "one", "many"}:
        raise OperatorFault("bad_staff_sessions", "KOFU_STAFF_SESSIONS must be one or many")
    return said == "one" if said and profile.specimen else profile.one_session


def operator_minutes() -> int:
    """How long an operator's session lasts, in minutes. Raises `OperatorFault` for none of 1 to 480."""
    text = os.environ.get("KOFU_OPERATOR_MINUTES", str(OPERATOR_MINUTES))
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= OPERATOR_MINUTES_MAX:
        raise OperatorFault(
            "bad_operator_minutes",
            f"KOFU_OPERATOR_MINUTES must be a number of minutes from 1 to {OPERATOR_MINUTES_MAX}",
        )
    return int(text)


def staff_url(screens: str) -> str:
    """Address staff open in a browser."""
    scheme = "http" if staff_tls(screens) is None else "https"
    return os.environ.get(f"KOFU_{screens.upper()}_URL", f"{scheme}://127.0.0.1:{port_of(screens)}")
