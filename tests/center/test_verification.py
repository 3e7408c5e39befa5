"""The receiver of a paper sends a scan of its back and is told what it says, and what the page cannot know."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import secrets
import signal
import socket
import subprocess
import sys
from datetime import date

import httpx
import msgspec
import pytest
from PIL import Image, ImageDraw
from tests.center.back.sheets import drawn, printed, scanned
from tests.center.papers import NUMBER, backs
from tests.center.saved_page import saved

from kofu.center import scan, verification
from kofu.center.back.keys import BackKey, BackKeys
from kofu.center.back.symbols import draw_block, find_sheets
from kofu.center.scan import UPLOAD_BYTES_MAX, ScanRead, read_scan
from kofu.center.verification import build

pytestmark = pytest.mark.font


def ask(upload: bytes, keys: BackKeys | None = None, field: str = "scan") -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(build(keys or backs().keys))
        async with httpx.AsyncClient(transport=transport, base_url="https://kakunin.example") as client:
            return await client.post("/", files={field: ("scan", upload)}, timeout=120)

    return asyncio.run(go())


@pytest.mark.parametrize(
    "upload",
    [
        lambda: saved(scanned(drawn(printed().pdf, 1), turn=1.5)),
        lambda: saved(scanned(drawn(printed().pdf, 1), turn=-2.0, paper=215), "JPEG", quality=70),
        lambda: printed().pdf,
    ],
    ids=["png", "jpeg", "pdf of both sides"],
)
def test_a_scan_of_a_back_shows_the_front_and_what_to_compare(upload):
    answer = ask(upload())
    assert answer.status_code == 200
    assert "交付したときのおもて面です" in answer.text
    assert NUMBER in answer.text
    assert "原本かコピーか" in answer.text
    (picture,) = re.findall(r"data:image/webp;base64,([A-Za-z0-9+/=]+)", answer.text)
    assert Image.open(io.BytesIO(base64.b64decode(picture))).width > 1000
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_stylesheet_the_page_names_is_served():
    async def go() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(build(backs().keys))
        async with httpx.AsyncClient(transport=transport, base_url="https://kakunin.example") as client:
            page = await client.get("/")
            (style,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)
            return page, await client.get(style)

    page, style = asyncio.run(go())
    assert (page.status_code, style.status_code) == (200, 200)
    assert style.headers["Content-Type"].startswith("text/css")


def test_a_back_of_another_centre_is_called_unknown():
    assert "確認できません" in ask(saved(drawn(printed().pdf, 1)), BackKeys({})).text


def test_a_forged_content_under_our_key_id_is_called_altered():
    """A forger can draw symbols of our shape and our key's id, but has no key."""
    (sheet,) = find_sheets(drawn(printed().pdf, 1)).values()
    ours = sheet.sealed()
    forged = ours[:4] + secrets.token_bytes(len(ours) - 4)
    page = Image.new("L", (2480, 3508), 255)
    page.paste(draw_block(forged, sheet.nonce), (146, 384))
    answer = ask(saved(page))
    assert "作成したときと異なります" in answer.text
    assert "data:image" not in answer.text


def test_symbols_of_two_backs_pasted_together_never_make_a_third_front():
    one, two = (drawn(printed(later=minutes).pdf, 1) for minutes in range(2))
    one.paste(two.crop((0, 1000, 2480, 3508)), (0, 1000))
    read = read_scan(saved(one))
    assert len(read.sheets) == 2
    answer = ask(saved(one))
    assert answer.text.count("data:image/webp") <= 1


def test_a_torn_back_is_told_how_much_of_it_was_read():
    page = drawn(printed().pdf, 1)
    ImageDraw.Draw(page).rectangle((0, 950, 2480, 3508), fill=255)
    assert re.search(r"\d+個のうち4個の模様", ask(saved(page)).text)


@pytest.mark.parametrize(
    ("upload", "said", "status"),
    [
        (lambda: saved(drawn(printed().pdf, 0)), "裏面の模様が見つかりません", 200),
        (lambda: b"no picture at all", "画像として読めません", 200),
        (lambda: b"%PDF-1.7 broken", "画像として読めません", 200),
        (lambda: b"", "ファイルが選ばれていません", 400),
        (lambda: saved(Image.new("1", (9000, 9000))), "ファイルが大きすぎます", 200),
        (lambda: bytes(UPLOAD_BYTES_MAX + 10_000), "ファイルが大きすぎます", 413),
    ],
    ids=["front", "text", "broken pdf", "empty", "too many dots", "too many bytes"],
)
def test_whatever_else_is_sent_gets_clear_words(upload, said, status):
    answer = ask(upload())
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "data:image" not in answer.text


def test_a_form_without_a_file_is_told_so():
    assert ask(b"x", field="another").status_code == 400


def test_nothing_of_an_upload_reaches_the_disk(monkeypatch):
    """A parser of forms would lay a file of more than a megabyte on the disk."""

    def never(*_, **__):
        raise AssertionError("a file was opened for an upload")

    monkeypatch.setattr("tempfile._TemporaryFileArgs", never, raising=False)
    monkeypatch.setattr("tempfile.TemporaryFile", never)
    monkeypatch.setattr("tempfile._mkstemp_inner", never)
    noise = scanned(drawn(printed().pdf, 1))
    upload = saved(noise)
    assert len(upload) > 1024 * 1024
    assert "交付したときのおもて面です" in ask(upload).text


def test_a_reader_that_dies_is_an_unreadable_file_and_not_the_end_of_the_page(monkeypatch):
    monkeypatch.setattr(verification.sys, "executable", "/bin/false")
    assert "画像として読めません" in ask(b"anything").text


def test_the_picture_a_reader_may_hold_is_bounded():
    assert read_scan(saved(Image.new("1", (9000, 9000)))).problem == "too_large"
    assert scan.MEMORY_BYTES_MAX <= 2**31


def test_a_newer_key_seals_and_the_older_still_opens():
    old, new = (BackKey(date(2026, month, 1), secrets.token_bytes(32)) for month in (1, 12))
    keys = BackKeys({key.key_id: key for key in (old, new)})
    assert [keys.sealing_on(day) for day in (date(2026, 11, 30), date(2026, 12, 1))] == [old, new]


def heavy_pdf() -> bytes:
    """A small file whose one page would take an hour: each dot's shade is the end of a long calculation."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name

    document = pikepdf.new()
    shade = document.make_stream(
        b"{ add " + b"dup sin exch cos add " * 2000 + b"}",
        FunctionType=4,
        Domain=Array([0, 600, 0, 800]),
        Range=Array([0, 1]),
    )
    shading = Dictionary(ShadingType=1, ColorSpace=Name.DeviceGray, Domain=Array([0, 600, 0, 800]), Function=shade)
    document.add_blank_page(page_size=(600, 800))
    page = document.pages[0]
    page.Resources = Dictionary(Shading=Dictionary(S=document.make_indirect(shading)))
    page.Contents = document.make_stream(b"/S sh")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_two_bad_pdfs_of_one_stranger_do_not_keep_others_waiting():
    """Issue 12 §4. There are two readers; a stranger has one of them at a time, and a page that takes long ends."""

    async def go() -> list[tuple[str, int, bool, bool]]:
        app = build(backs().keys)
        done: list[tuple[str, int, bool, bool]] = []

        async def send(who: str, upload: bytes) -> None:
            transport = httpx.ASGITransport(app, client=(who, 1))
            async with httpx.AsyncClient(transport=transport, base_url="https://kakunin.example") as client:
                answer = await client.post("/", files={"scan": ("scan", upload)}, timeout=120)
            done.append((who, answer.status_code, "時間がかかりすぎます" in answer.text, "おもて面です" in answer.text))

        bad = heavy_pdf()
        good = saved(drawn(printed().pdf, 1))
        await asyncio.gather(send("192.0.2.1", bad), send("192.0.2.1", bad), send("192.0.2.2", good))
        return done

    done = asyncio.run(go())
    assert done.index(("192.0.2.2", 200, False, True)) < 2
    assert min(done)[:3] == ("192.0.2.1", 200, True)


def test_an_address_has_so_many_uploads_in_a_while_and_a_network_counts_as_one():
    async def go() -> list[str]:
        now = 0.0
        visitors = verification.Visitors(ticks=lambda: now)
        said = []
        for address in ("2001:db8::1", "2001:db8::2") * (verification.UPLOADS_MAX // 2) + ("2001:db8::3", "192.0.2.7"):
            try:
                async with visitors.turn_of(address):
                    said.append("read")
            except verification._NotTakenError as refused:
                said.append(f"{refused.status} {address}")
        now = verification.UPLOADS_SECONDS + 1
        async with visitors.turn_of("2001:db8::3"):
            said.append("read later")
        return said

    assert asyncio.run(go())[-3:] == ["429 2001:db8::3", "read", "read later"]


def test_who_reads_a_scan_in_their_own_process_is_not_ended_by_the_clock_of_a_page() -> None:
    assert read_scan(saved(Image.new("1", (900, 900)))).problem == ""
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


CONFINED = """
import encodings.idna, socket, subprocess, sys
from kofu.center import scan
scan.read_scan = lambda *_: attack()
def attack():
    said = []
    for name, act in (("key", lambda: open(sys.argv[1]).read()), ("file", lambda: open("/tmp/kofu-none", "w")),
                      ("line", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2)),
                      ("program", lambda: subprocess.run(["/bin/true"]))):
        try:
            act(); said.append(name)
        except OSError:
            pass
    return scan.ScanRead(",".join(said), ())
{before}
scan.main()
"""


@pytest.mark.parametrize("guarded", [True, False], ids=["confined", "its twin without the guard"])
def test_what_reads_uploads_opens_no_key_no_file_no_line_and_no_program(tmp_path, guarded):
    """Code that a bad file brought to run in the reader finds nothing: it is tried by running such code there."""
    key = tmp_path / "back.key"
    key.write_text("secret", encoding="utf-8")
    before = "" if guarded else "scan.confine = lambda: None"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        words = [sys.executable, "-c", CONFINED.format(before=before), str(key), str(listening.getsockname()[1])]
        done = subprocess.run(words, input=b"x", capture_output=True, check=True)
    got = msgspec.msgpack.decode(done.stdout, type=ScanRead).problem.split(",")
    if guarded and not linux_with_landlock():
        pytest.skip("this system knows no Landlock: the reader has limits and no keys in its environment, no more")
    assert got == ([""] if guarded else ["key", "file", "line", "program"])


def linux_with_landlock() -> bool:
    ask = "from kofu.platform.confine import confine; c = confine(); print(c.no_files and c.no_lines)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"
