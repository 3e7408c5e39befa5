"""Machines: network namespaces on one bridge of this machine. Nothing of it reaches any other network.

A line between two of them is cut by letting each send its packets for the other to an address no machine has: nothing
comes back, nobody is told, as where a cable is pulled. Needs root and `ip` (Debian: iproute2).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

NOBODYS = "02:00:00:00:00:99"
NETWORK = "10.213.7"


def missing() -> str:
    """Say what this machine lacks for machines of our own; "" where it lacks nothing."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    lacks = [program for program in ("ip", "setpriv", "haproxy", "curl") if shutil.which(program) is None]
    if lacks:
        return f"missing: {', '.join(lacks)} (scripts/install-test-tools)"
    probe = f"kf{os.getpid()}probe"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode:
        return "this machine gives no network namespaces"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return ""


@dataclass(slots=True)
class Machines:
    """The machines of one run, by name. Use as a context manager: they are gone afterwards."""

    names: Sequence[str]
    addresses: dict[str, str] = field(default_factory=dict)
    _cut: set[tuple[str, str]] = field(default_factory=set)

    @property
    def _prefix(self) -> str:
        return f"kf{os.getpid() % 1_000_000}"

    def __enter__(self) -> Self:
        bridge = f"{self._prefix}br"
        _ip("link", "add", bridge, "type", "bridge")
        _ip("link", "set", bridge, "up")
        for number, name in enumerate(self.names, start=1):
            space, outside = self._space(name), f"{self._prefix}v{number}"
            self.addresses[name] = f"{NETWORK}.{number}"
            _ip("netns", "add", space)
            _ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", outside, "master", bridge, "up")
            _ip("-n", space, "addr", "add", f"{self.addresses[name]}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.names:
            subprocess.run(["ip", "netns", "del", self._space(name)], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", f"{self._prefix}br"], capture_output=True, check=False)

    def on(self, name: str, *words: str) -> list[str]:
        """Give the words of a command that runs on a machine."""
        return ["ip", "netns", "exec", self._space(name), *words]

    def cut(self, one: str, other: str) -> None:
        """Cut the line between two machines."""
        for here, there in ((one, other), (other, one)):
            if (here, there) not in self._cut:
                to = self.addresses[there]
                _ip(
                    "-n",
                    self._space(here),
                    "neigh",
                    "replace",
                    to,
                    "lladdr",
                    NOBODYS,
                    "dev",
                    "eth0",
                    "nud",
                    "permanent",
                )
                self._cut.add((here, there))

    def mend(self) -> None:
        """Mend every line that is cut."""
        for here, there in sorted(self._cut):
            _ip("-n", self._space(here), "neigh", "del", self.addresses[there], "dev", "eth0")
        self._cut.clear()

    def _space(self, name: str) -> str:
        return f"{self._prefix}-{name}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
