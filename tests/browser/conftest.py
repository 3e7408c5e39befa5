"""The real arrangement, as `kofu up` starts it, and a browser that clicks what a person clicks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.browser.axe import axe_finds_nothing
from tests.docs.pictures import keep, of_screen, updating

from kofu.cli.up.stack import Stack
from kofu.kiosk.cards import Card

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",  # as a kiosk's browser is set: it warns by itself
)
SYSTEMS = ("start", "kiosk", "center", "verification", "issuing", "registry", "ledger", "console")
PEOPLE = 300
PROFILE = Path(__file__).parents[2] / "profiles" / "mihon.toml"
PICTURES = Path(__file__).parents[1] / "artefacts" / "kiosk"
STAFF_PICTURES = Path(__file__).parents[1] / "artefacts" / "staff"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What runs: its folder, where kiosk, start page and staff screens answer, the cards on the reader."""

    stack: Stack
    var: Path
    kiosk: str
    start: str
    ledger: str
    console: str
    cards: tuple[Card, ...]

    def card(self, label: str, device: str = "card") -> tuple[int, Card]:
        """Find a card by what its label says before any plates, with its place on the screen."""
        return next(
            (place, card)
            for place, card in enumerate(self.cards)
            if card.label.partition("・見本")[0] == label and card.device.value == device
        )


@contextmanager
def arrangement(free_port: Callable[[], int], people: int, *, day_in_progress: bool = False) -> Iterator[Arrangement]:
    """Start everything on ports nobody uses, in a folder of its own; end it and leave nothing."""
    var = Path(tempfile.mkdtemp(prefix="kofu-browser-"))
    var.chmod(0o755)  # the embedded PostgreSQL may run as another user
    with pytest.MonkeyPatch.context() as patch:
        for system in SYSTEMS:
            patch.setenv(f"KOFU_{system.upper()}_PORT", str(free_port()))
            patch.delenv(f"KOFU_{system.upper()}_URL", raising=False)
        patch.setenv("KOFU_VAR", str(var))
        patch.setenv("KOFU_PROFILE", str(PROFILE))
        said: list[str] = []
        made = Stack(var=var, profile=PROFILE, people=people, say=said.append, day_in_progress=day_in_progress)
        try:
            made.prepare()
            made.start()
            cards = msgspec.json.decode((var / "ward" / "cards.json").read_bytes(), type=tuple[Card, ...])
            yield Arrangement(
                stack=made,
                var=var,
                kiosk=made.address_of("kiosk"),
                start=f"http://127.0.0.1:{os.environ['KOFU_START_PORT']}",
                ledger=made.address_of("ledger"),
                console=made.address_of("console"),
                cards=cards,
            )
        finally:
            made.stop()
            shutil.rmtree(var, ignore_errors=True)


@pytest.fixture(scope="package")
def stack(unused_port_factory: Callable[[], int]) -> Iterator[Arrangement]:
    """Give the arrangement all browser tests share; what comes after them does not pay for what it does at rest."""
    with arrangement(unused_port_factory, PEOPLE) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once for a module: while Playwright lives, its event loop keeps others from running theirs."""
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a clean window, as a new resident finds it. What the page's scripts report as errors fails the test."""
    expect.set_options(timeout=10_000)
    context = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP")
    window = context.new_page()
    failures: list[str] = []
    window.on("pageerror", lambda error: failures.append(str(error)))
    window.on("console", lambda said: failures.append(said.text) if said.type == "error" else None)
    yield window
    context.close()
    # the tests ask for what must be gone, what a role may not do, what is locked, and fill in forms wrongly
    on_purpose = ("404 (Not Found)", "403 (Forbidden)", "429 (Too Many Requests)", "422 (Unprocessable")
    assert [failure for failure in failures if not any(words in failure for words in on_purpose)] == []


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Store a screen under tests/artefacts/kiosk; with KOFU_UPDATE_PICTURES=1 those the docs show there, too."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def store(window: Page, name: str) -> None:
        path = PICTURES / f"{name}.png"
        window.screenshot(path=path, animations="disabled")
        if updating() and (of_docs := of_screen(name)) is not None:
            keep(of_docs, path)

    return store


@pytest.fixture
def look() -> Callable[[Page, str], None]:
    """Store a screen under tests/artefacts/staff, and let axe look at it."""
    STAFF_PICTURES.mkdir(parents=True, exist_ok=True)

    def store(window: Page, name: str) -> None:
        window.screenshot(path=STAFF_PICTURES / f"{name}.png", animations="disabled", full_page=True)
        axe_finds_nothing(window)

    return store
