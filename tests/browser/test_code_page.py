"""The page without a server: a picture of the front goes in, what the ward certified comes out; opened as a file."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.axe import axe_finds_nothing
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.center.back.sheets import scanned
from tests.certificates import orders

from kofu.certificates.code_page import write_page
from kofu.certificates.render import CertificatePress, render
from kofu.certificates.revocations import RevocationList, RevokedNumber, sign_list
from kofu.certificates.signed_code import CodeSigner
from kofu.certificates.signing_keys import (
    PublicKey,
    SigningKey,
    make_signing_key,
    read_public_keys,
    read_signing_keys,
)
from kofu.platform.fonts import find_font, read_font
from kofu.platform.message_keys import KeyOfToken

pytestmark = [pytest.mark.slow, pytest.mark.font, pytest.mark.browser]
REVOKED = replace(orders.PAYMENT, certificate_number="2026-00099999")
MADE_AT = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> CodeSigner:
    folder = tmp_path_factory.mktemp("keys")
    make_signing_key(folder, date(2026, 1, 1), date(2026, 12, 31))
    return CodeSigner(read_signing_keys(folder), read_public_keys(folder))


@pytest.fixture(scope="module")
def address(tmp_path_factory, signer) -> str:
    known = RevocationList("139998", MADE_AT, (RevokedNumber(REVOKED.certificate_number, date(2026, 11, 30)),))
    file = tmp_path_factory.mktemp("page") / "verify.html"
    revocations = sign_list(known, signer.keys[0])
    file.write_text(write_page("東京都見本区", signer.published, revocations, made_at=MADE_AT), encoding="utf-8")
    return file.as_uri()


def photograph(order, signer: CodeSigner, to: Path, **how) -> Path:
    pdf = render(order, CertificatePress(read_font(find_font()), signer=signer))
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0].render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    scanned(page, **how).save(to, quality=80)
    return to


def send(page: Page, address: str, picture: Path) -> None:
    page.goto(address)
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    page.locator("#file").set_input_files(picture)


def test_a_photograph_of_the_front_shows_what_the_ward_certified(page, address, signer, tmp_path, picture):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 390, "height": 844})
    send(page, address, photograph(orders.TAXATION, signer, tmp_path / "front.jpg", turn=1.5))
    expect(page.get_by_role("heading", name="署名を確認しました")).to_be_visible()
    for text in ("見本　太郎", "2026-00012345", "238,500", "東京都見本区長", "2026-11-23"):
        expect(page.locator("#answer dd", has_text=text)).to_be_visible()
    expect(page.get_by_text("2026-12-01より後に取り消された")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert {url.partition(":")[0] for url in asked} <= {"file", "blob", "data"}
    picture(page, "code-1-certified")
    axe_finds_nothing(page)


def test_a_code_whose_key_lives_in_a_token_is_confirmed_and_a_browser_without_its_kind_says_so(page, tmp_path):
    """Ed25519. That a browser cannot verify says nothing about the paper: it must not be called forged."""
    private = Ed25519PrivateKey.generate()
    token = SimpleNamespace(sign_message=lambda _, data: private.sign(data))
    days = {"begins": date(2026, 1, 1), "ends": date(2026, 12, 31)}
    published = PublicKey(public=private.public_key(), **days)
    key = SigningKey(published=published, private=KeyOfToken(token, "code"))  # type: ignore[arg-type]
    scan = photograph(orders.TAXATION, CodeSigner((key,), (published,)), tmp_path / "front.jpg")
    file = tmp_path / "verify.html"
    file.write_text(write_page("東京都見本区", (published,), b"", made_at=MADE_AT), encoding="utf-8")
    send(page, file.as_uri(), scan)
    expect(page.locator("#answer")).to_contain_text("署名を確認しました")
    page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'))")
    send(page, file.as_uri(), scan)
    expect(page.locator("#answer")).to_contain_text("このブラウザーは署名の確認に対応していません")


def test_a_revoked_certificate_is_told_so(page, address, signer, tmp_path, picture):
    send(page, address, photograph(REVOKED, signer, tmp_path / "front.jpg"))
    expect(page.get_by_role("heading", name="取り消された証明書です")).to_be_visible()
    expect(page.get_by_text("2026-11-30に取り消されています")).to_be_visible()
    picture(page, "code-2-revoked")
    axe_finds_nothing(page)


def test_a_code_of_a_forgers_key_is_not_confirmed(page, address, tmp_path):
    make_signing_key(tmp_path, date(2026, 1, 1), date(2026, 12, 31))
    forger = CodeSigner(read_signing_keys(tmp_path), read_public_keys(tmp_path))
    send(page, address, photograph(orders.TAXATION, forger, tmp_path / "front.jpg"))
    expect(page.get_by_role("heading", name="確認できません")).to_be_visible()
    expect(page.get_by_text("この自治体の鍵で署名されたものではありません")).to_be_visible()
    expect(page.locator("#answer dd")).to_have_count(0)


def test_changed_words_under_a_true_key_id_are_not_confirmed(page, address, signer, tmp_path, monkeypatch):
    class Forger(CodeSigner):
        def code(self, order, content):
            return super().code(order, content).replace(b"238,500", b"938,500")

    forger = Forger(signer.keys, signer.published)
    send(page, address, photograph(orders.TAXATION, forger, tmp_path / "front.jpg"))
    expect(page.get_by_text("署名が内容と一致しません")).to_be_visible()


def test_a_picture_without_a_code_and_a_file_that_is_no_picture_get_words(page, address, tmp_path):
    text = tmp_path / "front.jpg"
    text.write_text("no picture")
    send(page, address, text)
    expect(page.get_by_text("二次元コードを読み取れませんでした")).to_be_visible()


def test_without_a_camera_the_page_says_to_choose_a_picture(page, address):
    page.goto(address)
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    page.get_by_role("button", name="カメラで読み取る").click()
    expect(page.get_by_text("カメラを使えません")).to_be_visible()


def test_the_camera_reads_the_code_off_the_paper(address, signer, tmp_path, browser):
    """A camera that films the upper half of the front, held a little crooked."""
    front = Image.open(photograph(orders.TAXATION, signer, tmp_path / "front.jpg", turn=3.0))
    part = front.crop((front.width - 1000, 0, front.width, 750)).resize((1280, 960))
    frame = io.BytesIO()
    part.convert("RGB").save(frame, "JPEG", quality=90)
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(frame.getvalue() * 3)
    eye = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    filming = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *eye])
    try:
        page = filming.new_context(permissions=["camera"]).new_page()
        page.goto(address)
        page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
        page.get_by_role("button", name="カメラで読み取る").click()
        expect(page.get_by_role("heading", name="署名を確認しました")).to_be_visible(timeout=20_000)
        expect(page.locator("#view")).to_be_hidden()
    finally:
        filming.close()
