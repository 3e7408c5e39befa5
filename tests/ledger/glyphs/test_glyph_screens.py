"""外字 on screen, from the refusal at the counter to the paper: two people, the drawing seen as papers bear it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.certificates.drawings import CROSSED, PLANE_16, PRIVATE, TSUJI, WITH_A_DOT
from tests.ledger.counter.counter_applications import applied, number_of, with_purpose
from tests.ledger.counter_ward import WARD, nothing_stands, person, take_ward_over

from kofu.ledger.glyphs.glyphs import current_set
from kofu.press.glyph_font import clusters_of

pytestmark = [pytest.mark.storage, pytest.mark.font]
NAME = TSUJI + "　太郎"
PAID = "EXISTS (SELECT FROM notice n JOIN claim c ON c.notice_id = n.id WHERE n.addressee_number = t.addressee_number)"


@pytest.fixture(scope="module")
def screens(ledger_screens, tmp_path_factory):
    take_ward_over(ledger_screens.database, tmp_path_factory.mktemp("ward"), datetime.now(UTC))
    return ledger_screens


@pytest.fixture(autouse=True)
def registry_without_holds(screens, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry answers that nothing stands against anybody."""
    from kofu.ledger.counter.web import views

    monkeypatch.setattr(views, "ask_registry_of", lambda _code: nothing_stands)


@pytest.fixture
def connection(screens) -> Iterator[psycopg.Connection]:
    with psycopg.connect(screens.database.app_url, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def resident(screens) -> str:
    """A person whose name bears 辻 with a selector no font of the ward knows."""
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        number = person(owner, PAID)
        owner.execute("UPDATE taxpayer SET name = %s WHERE addressee_number = %s", [NAME, number])
    return number


def form_of(number: str, character: str = "U+8FBB U+E0100", svg: bytes = WITH_A_DOT) -> dict[str, object]:
    return {
        "character": character,
        "persons": number,
        "drawing": SimpleUploadedFile("tsuji.svg", svg, "image/svg+xml"),
        "evidence": "戸籍全部事項証明書の写し（令和8年11月18日）",
        "document_number": "8見税収第123号",
        "document_sha256": "",
    }


def put_in(client, number: str, **how: object) -> UUID:
    answer = client.post("/glyphs/new/", form_of(number, **how))
    assert answer.status_code == 302, re.findall(r'class="error"[^>]*>([^<]+)', answer.content.decode())
    return UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])


def test_from_the_refusal_at_the_counter_to_the_paper(screens, connection, resident) -> None:
    clerk, chief = screens.client("clerk"), screens.client("approver")
    address = applied(clerk, number_of(connection, resident), kind="payment")
    refused = with_purpose(clerk, address)
    assert "交付できません" in refused
    way = re.search(r'href="(/glyphs/new/\?character=[^"]+)"', refused)
    assert way, "the refusal leads to the registration"
    assert 'value="U+8FBB U+E0100"' in clerk.get(way[1]).content.decode()

    registration = put_in(clerk, resident)
    assert 'value="approve"' not in clerk.get(f"/glyphs/{registration}/").content.decode()
    assert clerk.post(f"/glyphs/{registration}/decide/", {"answer": "approve"}).status_code == 403
    looked_at = chief.get(f"/glyphs/{registration}/proof.png")
    assert looked_at["Content-Type"] == "image/png"
    assert looked_at.content.startswith(b"\x89PNG")
    assert 'value="approve"' in chief.get(f"/glyphs/{registration}/").content.decode()
    assert chief.post(f"/glyphs/{registration}/decide/", {"answer": "approve"}).status_code == 302
    assert TSUJI in clusters_of(current_set(connection, WARD).font)

    page = with_purpose(clerk, address)
    assert "交付できます" in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert clerk.post(f"{address}issue/", {"seen": seen[1]}).status_code == 302
    paper = clerk.post(f"{address}print/1/", {"reason": ""})
    assert paper.content.startswith(b"%PDF")
    assert b"+KofuGlyphs" in paper.content


def test_who_may_approve_cannot_approve_their_own(screens, connection) -> None:
    chief = screens.client("approver")
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        number = person(owner, f"t.name <> '{NAME}'")
        owner.execute("UPDATE taxpayer SET name = %s WHERE addressee_number = %s", [PRIVATE + "野　花子", number])
    registration = put_in(chief, number, character="U+E123", svg=CROSSED)
    assert 'value="approve"' not in chief.get(f"/glyphs/{registration}/").content.decode()
    answer = chief.post(f"/glyphs/{registration}/decide/", {"answer": "approve"}, follow=True)
    assert "起案した人は決裁できません" in answer.content.decode()
    other = screens.client("approver")
    other.post(f"/glyphs/{registration}/decide/", {"answer": "approve"})
    assert PRIVATE in clusters_of(current_set(connection, WARD).font)
    ended = chief.post(f"/glyphs/{registration}/end/", {"reason": "戸籍の訂正"}, follow=True)
    assert "廃止の決裁待ち" in ended.content.decode()
    other.post(f"/glyphs/{registration}/decide/", {"answer": "withdraw", "reason": "原票を確認"})
    assert PRIVATE not in clusters_of(current_set(connection, WARD).font)
    assert "廃止" in other.get("/glyphs/").content.decode()


def test_a_drawing_with_more_than_one_path_is_refused_with_the_reason(screens, resident) -> None:
    clerk = screens.client("clerk")
    answer = clerk.post("/glyphs/new/", form_of(resident, svg=b"<svg onload='x'/>", character="U+8FBB U+E0101"))
    assert answer.status_code == 422
    assert "SVG を受け付けられません" in answer.content.decode()


def test_an_unknown_answer_or_registration_is_not_found(screens) -> None:
    chief = screens.client("approver")
    assert chief.get(f"/glyphs/{UUID(int=1)}/").status_code == 404
    assert chief.post(f"/glyphs/{UUID(int=1)}/decide/", {"answer": "approve"}).status_code == 404
    assert chief.post(f"/glyphs/{UUID(int=1)}/decide/", {"answer": "propose_end"}).status_code == 404


def test_every_look_at_whom_it_concerns_is_on_record(screens, resident) -> None:
    from kofu.staff.work import pseudonym_of

    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE taxpayer SET address = %s WHERE addressee_number = %s", [f"青葉{PLANE_16}台", resident])
    registration = put_in(screens.client("clerk"), resident, character="U+100001", svg=CROSSED)
    auditor = screens.client("auditor", login="pruefer")
    assert auditor.get(f"/glyphs/{registration}/").status_code == 200
    assert pseudonym_of(resident) in {entry[2] for entry in screens.entries("pruefer")}
