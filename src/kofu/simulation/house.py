"""What simulations need around them: a PostgreSQL, the press, the profile of the invented ward."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kofu.certificates.render import CertificatePress
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.memory_folder import memory_folder
from kofu.platform.postgres import start_embedded
from kofu.platform.profiles import load_profile
from kofu.platform.settings import profile_path
from kofu.simulation.run import SimulationDatabases, SimulationHouse


@contextmanager
def open_house(admin_url: str = "") -> Iterator[SimulationHouse]:
    """Give what simulations share. Without a URL a PostgreSQL of its own that does not wait for the disk.

    A simulated crash ends processes of the service, never the database: what the disk keeps is not what is looked at.
    """
    with open_databases("issuing", admin_url) as databases:
        yield SimulationHouse(databases, CertificatePress(read_font(ensure_font())), load_profile(profile_path()))


@contextmanager
def open_databases(system: str, admin_url: str = "") -> Iterator[SimulationDatabases]:
    """Give where databases of a system are made, as `open_house` does."""
    folder: Path | None = None
    server = None
    if not admin_url:
        folder = Path(tempfile.mkdtemp(prefix="kofu-simulation-", dir=memory_folder()))
        folder.chmod(0o755)
        server = start_embedded(folder / "postgres", durable=False)
        admin_url = server.admin_url
    databases = SimulationDatabases(admin_url, system)
    try:
        yield databases
    finally:
        databases.close()
        if server is not None and folder is not None:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)
