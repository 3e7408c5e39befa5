"""The pictures of the docs: which there are, what each is drawn from, and how each is taken anew by `make pictures`.

A picture is kept with the digest of what it was drawn from (`docs/pictures/made.json`): templates, style sheets, texts.
Where one of these is another, the picture is stale (`tests/docs/test_pictures.py`), though no pixel might differ.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
MADE = FOLDER / "made.json"
WIDTH, COLOURS = 1024, 96

_STAFF = ("src/kofu/staff/static/staff/staff.css", "src/kofu/staff/templates/staff/base.html")
_PERSON = "src/kofu/ledger/person/web/templates/ledger/person"
_FORMS = "src/kofu/certificates/forms"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its name. `screen`: what the browser test that takes it calls it, "" where `take_pictures` does.

    `sources`: patterns of the files it is drawn from.
    """

    name: str
    screen: str
    sources: tuple[str, ...]


def _kiosk(name: str, screen: str, template: str, language: str = "ja") -> Picture:
    sources = ("static/kiosk.css", "templates/base.html", f"templates/{template}.html", f"texts/{language}.toml")
    return Picture(f"kiosk-{name}.png", screen, tuple(f"src/kofu/kiosk/{source}" for source in sources))


PICTURES: tuple[Picture, ...] = (
    _kiosk("welcome", "01-welcome", "welcome"),
    _kiosk("pin", "03-pin", "pin"),
    _kiosk("take-card", "04-take-card", "take_card"),
    _kiosk("choice", "05-kind", "kind"),
    _kiosk("year", "06-year", "year"),
    _kiosk("confirm", "08-confirm", "confirm"),
    _kiosk("pay", "09-pay", "pay"),
    _kiosk("printing", "10-printing", "printing"),
    _kiosk("print", "11-paper", "paper"),
    _kiosk("erased", "12-erased", "erased"),
    _kiosk("plate", "17-plate", "plate"),
    _kiosk("refused", "20-refused", "refused"),
    _kiosk("refused-chinese", "21-refused-zh", "refused", "zh"),
    _kiosk("print-korean", "16-paper-ko", "paper", "ko"),
    _kiosk("jam", "25-jam", "trouble"),
    _kiosk("left-paper", "27-left-paper", "left_paper"),
    _kiosk("left-card", "28-left-card", "left_card"),
    _kiosk("contrast", "41-kind-large-contrast", "kind"),
    _kiosk("maintenance", "31-maintenance", "maintenance"),
    Picture(
        "paper-back.png",
        "",
        ("src/kofu/center/templates/verification.html", "src/kofu/platform/static/verification.css"),
    ),
    Picture("start-page.png", "", ("src/kofu/cli/up/start_page.py",)),
    Picture("ledger-person.png", "", (*_STAFF, f"{_PERSON}/page.html", f"{_PERSON}/timeline.html")),
    Picture("ledger-interest.png", "", (*_STAFF, f"{_PERSON}/claim.html", f"{_PERSON}/quote.html")),
    Picture("ledger-refund.png", "", (*_STAFF, "src/kofu/ledger/overpayments/web/templates/ledger/refund/one.html")),
    Picture("console-feed-held.png", "", (*_STAFF, "src/kofu/issuing/web/feeds/templates/issuing/feeds/one.html")),
    Picture("console-lift.png", "", (*_STAFF, "src/kofu/issuing/web/stops/templates/issuing/stops/list.html")),
    Picture("certificate-taxation.png", "", (f"{_FORMS}/certificate.typ", f"{_FORMS}/taxation/standard_r8/*")),
    Picture("certificate-payment.png", "", (f"{_FORMS}/certificate.typ", f"{_FORMS}/payment/standard_r8/*")),
)
#: What is no picture of a screen or a paper, and what holds it to its source.
HELD_ELSEWHERE = {"measured.svg": "tests/bench/test_goals.py"}


def updating() -> bool:
    """Whether pictures of the docs are to be taken anew."""
    return os.environ.get("KOFU_UPDATE_PICTURES") == "1"


def of_screen(screen: str) -> Picture | None:
    """Give the picture of the docs a screen of the browser tests is for."""
    return next((one for one in PICTURES if one.screen == screen), None)


def source_files(picture: Picture) -> list[Path]:
    """Give the files a picture is drawn from."""
    return sorted({path for pattern in picture.sources for path in ROOT.glob(pattern) if path.is_file()})


def digest_of_sources(picture: Picture) -> str:
    """Give the digest of what a picture is drawn from, names and contents."""
    whole = hashlib.sha256()
    for path in source_files(picture):
        whole.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def made() -> dict[str, dict[str, str]]:
    """Read of each picture its own digest and that of what it was drawn from."""
    known: dict[str, dict[str, str]] = json.loads(MADE.read_text(encoding="utf-8")) if MADE.exists() else {}
    return known


def keep(picture: Picture, shot: Path) -> None:
    """Make a shot the picture of the docs: as wide as pages show it, in few colours; note what it was drawn from."""
    with Image.open(shot) as image:
        small = image.convert("RGB").resize((WIDTH, image.height * WIDTH // image.width), Image.Resampling.LANCZOS)
    file = FOLDER / picture.name
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    known = made() | {
        picture.name: {
            "picture": hashlib.sha256(file.read_bytes()).hexdigest(),
            "drawn_from": digest_of_sources(picture),
        }
    }
    MADE.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
