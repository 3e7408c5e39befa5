"""Staff screens behind a proxy that ends TLS: cookies go over TLS alone, and only the proxy's word is taken."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kofu.core.errors import OperatorFault
from kofu.platform.settings import trusted_proxies

pytestmark = pytest.mark.storage


@contextmanager
def served(database: str, var: Path, port: int, **more: str) -> Iterator[httpx.Client]:
    environment = os.environ | {
        "PYTHONPATH": "src",
        "KOFU_VAR": str(var),
        "KOFU_LEDGER_DATABASE_URL": database,
        "KOFU_LEDGER_PORT": str(port),
        "KOFU_STAFF_HOSTS": "shunou.example",
        **more,
    }
    process = subprocess.Popen([sys.executable, "-m", "kofu", "serve", "ledger"], env=environment)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Host": "shunou.example"}) as client:
        try:
            for _ in range(300):
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield client
        finally:
            process.terminate()
            process.wait(20)


def test_cookies_hsts_and_hosts_behind_a_proxy(ledger_screens, tmp_path, unused_port_factory: Callable[[], int]):
    """The browser speaks TLS to the proxy: what the server sets must never go in the clear (issue 12 §4)."""
    says_tls = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    database = ledger_screens.database.screens_url
    with served(database, tmp_path, unused_port_factory(), KOFU_PROXY="127.0.0.1") as client:
        answer = client.get("/account/login/", headers=says_tls)
        assert answer.status_code == 200
        assert all("Secure" in cookie and "SameSite=Strict" in cookie for cookie in cookies(answer))
        assert cookies(answer)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert client.get("/account/login/", headers={"Host": "evil.example", **says_tls}).status_code == 400
        assert client.post("/account/login/", content=b"x" * 70_000).status_code == 413
    with served(database, tmp_path, unused_port_factory()) as client:
        answer = client.get("/account/login/", headers=says_tls)
        assert "Strict-Transport-Security" not in answer.headers, "a browser could say it speaks TLS, and from where"
        assert cookies(answer)


def cookies(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("Set-Cookie")


def test_a_proxy_is_named_by_address(monkeypatch):
    monkeypatch.setenv("KOFU_PROXY", "192.0.2.1, 2001:db8::/64")
    assert trusted_proxies() == ["192.0.2.1", "2001:db8::/64"]
    monkeypatch.setenv("KOFU_PROXY", "proxy.example")
    with pytest.raises(OperatorFault, match=r"not proxy\.example"):
        trusted_proxies()
