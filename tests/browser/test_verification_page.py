"""The receiver's side: a scan of the back goes in by the browser's own form, the front comes out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import axe_finds_nothing
from tests.center.back.sheets import drawn, printed, scanned
from tests.center.papers import KEY, NUMBER
from tests.center.saved_page import saved

pytestmark = [pytest.mark.slow, pytest.mark.font, pytest.mark.browser]
READY_SECONDS_MAX = 30


@pytest.fixture(scope="module")
def address(tmp_path_factory, unused_port_factory) -> Iterator[str]:
    keys = tmp_path_factory.mktemp("keys")
    file = keys / f"{KEY.begins}-{KEY.key_id.hex()}.key"
    file.write_text(KEY.secret.hex())
    file.chmod(0o600)
    port = unused_port_factory()
    environment = os.environ | {"KOFU_CENTER_KEYS": str(keys), "KOFU_VERIFICATION_PORT": str(port), "PYTHONPATH": "src"}
    server = subprocess.Popen([sys.executable, "-m", "kofu", "serve", "verification"], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not answers(address):
            assert server.poll() is None
            assert time.monotonic() < deadline
        yield address
    finally:
        server.terminate()
        server.wait()


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=2).is_success
    except httpx.TransportError:
        time.sleep(0.1)
        return False


def send(page: Page, file: Path) -> None:
    page.get_by_label("裏面のスキャン").set_input_files(file)
    page.get_by_role("button", name="確認する").click()


def test_the_receiver_of_a_paper_sees_its_front_again(page: Page, address: str, tmp_path, picture) -> None:
    scan = tmp_path / "back.jpg"
    scan.write_bytes(saved(scanned(drawn(printed().pdf, 1), turn=1.2), "JPEG", quality=80))
    page.goto(address)
    picture(page, "verification-1-ask")
    axe_finds_nothing(page)
    send(page, scan)
    expect(page.get_by_role("heading", name="交付したときのおもて面です")).to_be_visible()
    expect(page.get_by_text(NUMBER)).to_be_visible()
    assert page.get_by_alt_text("交付したときのおもて面の画像").evaluate("picture => picture.naturalWidth") > 1000
    picture(page, "verification-2-front")
    axe_finds_nothing(page)


def test_a_front_sent_by_mistake_is_told_so_on_a_phone(page: Page, address: str, tmp_path, picture) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    scan = tmp_path / "front.png"
    scan.write_bytes(saved(drawn(printed().pdf, 0)))
    page.goto(address)
    send(page, scan)
    expect(page.get_by_role("heading", name="裏面の模様が見つかりません")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, "verification-3-phone")
