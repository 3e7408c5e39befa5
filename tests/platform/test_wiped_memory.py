"""What a process frees is overwritten; and without the settings the very same search finds it."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys

import pytest
from tests.browser.remains import Needle, in_memory

from kofu.platform.wiped_memory import SETTINGS, wiping

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")

#: Makes texts and bytes of many sizes, forgets them all, says so, and waits for its input to end.
PROGRAM = """
import hashlib, sys
def work():
    secret = hashlib.sha256(b"person").hexdigest()
    kept = [(secret * 3 + str(n) * (n % 900)).encode() for n in range(400)]
    texts = [part.decode() for part in kept]
    return len("".join(texts).encode("utf-16"))
work()
print("forgotten", flush=True)
sys.stdin.read()
"""
SECRET = hashlib.sha256(b"person").hexdigest()


def remains(settings: dict[str, str]) -> list[str]:
    """Run the program under `settings` and search its memory once it has forgotten."""
    environment = {key: value for key, value in os.environ.items() if key not in SETTINGS} | settings
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"forgotten\n"
        return in_memory(process.pid, [Needle("text", SECRET.encode()), Needle("wide", SECRET.encode("utf-16-le"))])


def test_what_was_freed_is_found_in_an_ordinary_process() -> None:
    """The twin: the search can find what CPython leaves."""
    assert remains({}) != []


def test_what_was_freed_is_overwritten_under_the_settings() -> None:
    """Registers the processor saved on the stack are no freed memory: the next work overwrites them, this program does
    none. The living kiosk and centre are searched whole, stack and all, in tests/browser/test_kiosk_erasure.py.
    """
    assert [found for found in remains(SETTINGS) if not found.endswith("[stack]")] == []


def test_a_process_knows_whether_it_overwrites(monkeypatch) -> None:
    for key in SETTINGS:
        monkeypatch.delenv(key, raising=False)
    assert not wiping()
    for key, value in SETTINGS.items():
        monkeypatch.setenv(key, value)
    assert wiping()
