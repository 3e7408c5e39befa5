"""パンチ委託 on screen: bundles go out numbered, keyed files come back judged by the slips that went out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.staff_screens import LedgerScreens

from kofu.core.calendar import day_in_japan
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import PunchFile, keyed_layout, slips_layout
from kofu.ledger.keyed.domain.keying import KeyedPayment
from kofu.ledger.overpayments.codecs import returned_transfers
from kofu.ledger.overpayments.codecs.returned_transfers import ReturnedFile, ReturnedTransfer, returned_layout

pytestmark = pytest.mark.storage

LAYOUTS = Layouts(None, specimen=True)
TODAY = day_in_japan(datetime.now(UTC))


def words(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def bundles(*given: tuple[str, str, str], kind: str = "payments") -> dict[str, str]:
    form = {"kind": kind, "form-TOTAL_FORMS": "8", "form-INITIAL_FORMS": "0"}
    for index, (count, total, origin) in enumerate(given):
        form |= {f"form-{index}-count": count, f"form-{index}-total": total, f"form-{index}-origin": origin}
    return form


def keyed(bundle: str, sequence: int, **changes: Any) -> KeyedPayment:
    facts: dict[str, Any] = {
        "batch_number": bundle,
        "sequence": sequence,
        "notice_number": f"{sequence:017d}",
        "installment": "1",
        "fiscal_year": 2026,
        "tax": "resident",
        "amount": 5_000,
        "interest": 0,
        "received_on": TODAY,
        "place": "b05",
    }
    known = KeyedPayment.__dataclass_fields__
    return KeyedPayment(**{name: value for name, value in (facts | changes).items() if name in known})


def uploaded(items: list[KeyedPayment], name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, punched.encode_payments(keyed_layout(LAYOUTS), PunchFile(items=tuple(items))))


@pytest.fixture
def sent(ledger_screens: LedgerScreens) -> tuple[str, str]:
    """A delivery of one bundle of two papers: its page, its bundle's number."""
    clerk = ledger_screens.client("clerk")
    made = clerk.post("/deliveries/make/", bundles(("2", "10000", "桜橋")), follow=True)
    assert "1 束に番号を付け" in words(made)
    return made.request["PATH_INFO"], re.search(r'<td class="code">(\d{6})</td>', made.content.decode())[1]


def test_bundles_get_numbers_and_their_slips_are_what_goes_out(ledger_screens: LedgerScreens, sent) -> None:
    page, number = sent
    clerk = ledger_screens.client("clerk")
    slips = clerk.post(f"{page}slips/")
    (slip,) = punched.decode_slips(slips_layout(LAYOUTS), slips.content, file="x").items
    assert (slip.batch_number, slip.count, slip.total) == (number, 2, 10_000)
    assert "戻りを待つもの" in words(clerk.get("/deliveries/"))
    assert "パンチ委託" in words(clerk.get("/"))


def test_what_comes_back_is_judged_by_the_slips_that_went_out(ledger_screens: LedgerScreens, sent) -> None:
    page, number = sent
    clerk = ledger_screens.client("clerk")
    short = [keyed(number, 1)]
    held = clerk.post(f"{page}return/", {"first": uploaded(short, "a"), "second": uploaded(short, "b")}, follow=True)
    assert "留保" in words(held)
    assert "待っています" in words(clerk.get(page))
    both = [keyed(number, 1), keyed(number, 2)]
    taken = clerk.post(f"{page}return/", {"first": uploaded(both, "c"), "second": uploaded(both, "d")}, follow=True)
    assert "登録待ち" in words(taken)
    shown = words(clerk.get(page))
    assert "待っています" not in shown
    assert "打鍵データの受付" not in shown
    batch = taken.request["PATH_INFO"]
    clerk.post(f"{batch}reject/", {"reason": "別の束でした"}, follow=True)
    assert "待っています" in words(clerk.get(page))  # sent back, it is awaited again
    again = clerk.post(f"{page}return/", {"first": uploaded(both, "c"), "second": uploaded(both, "d")}, follow=True)
    assert "前回の返戻" in words(again)
    clerk.post(f"{again.request['PATH_INFO']}post/", follow=True)
    assert "待っています" not in words(clerk.get(page))
    actions = [action for action, *_ in ledger_screens.entries()]
    assert {"delivery.make", "delivery.return"} <= set(actions)


def test_a_bundle_without_its_sum_or_a_delivery_without_bundles_is_not_sent(ledger_screens: LedgerScreens) -> None:
    clerk = ledger_screens.client("clerk")
    assert "両方を入力してください" in words(clerk.post("/deliveries/make/", bundles(("2", "", "桜橋"))))
    assert "束を一つ以上" in words(clerk.post("/deliveries/make/", bundles()))


def test_a_file_of_claims_that_is_wrong_is_kept_and_sent_back_and_the_delivery_awaits_another(
    ledger_screens: LedgerScreens,
) -> None:
    clerk = ledger_screens.client("clerk")
    made = clerk.post("/deliveries/make/", bundles(("1", "3000", ""), kind="claims"), follow=True)
    page = made.request["PATH_INFO"]
    files = {"first": SimpleUploadedFile("a.txt", b"x"), "second": SimpleUploadedFile("b.txt", b"x")}
    held = clerk.post(f"{page}return/", files, follow=True)
    assert "留保（不備あり）" in words(held)
    assert "レコード長の倍数になっていません" in words(held)
    assert "決定・処理を待つ還付のファイル" in words(clerk.get("/"))
    file_page = held.request["PATH_INFO"]
    refused = ledger_screens.client("approver").post(f"{file_page}accept/", {"reason": "残りを登録"}, follow=True)
    assert "登録できる行が一つもありません" in words(refused)
    assert "返戻を記録しました" in words(clerk.post(f"{file_page}reject/", {"reason": "取り直し"}, follow=True))
    assert "待っています" in words(clerk.get(page))
    assert clerk.get("/refund/files/").status_code == 200


def test_a_file_of_returned_transfers_shows_each_row_its_bytes_and_who_is_to_be_asked(
    ledger_screens: LedgerScreens,
) -> None:
    clerk = ledger_screens.client("clerk")
    item = ReturnedTransfer(
        reference=f"{7:020d}", amount=1_000, returned_on=TODAY, reason="名義相違", bank_code="0001", branch_code="001",
        account_number="1234567",
    )  # fmt: skip
    content = returned_transfers.encode(returned_layout(LAYOUTS), ReturnedFile(transfers=(item,)))
    page = clerk.post("/refund/files/receive/", {"file": SimpleUploadedFile("modori.txt", content)}, follow=True)
    assert "この番号の還付はありません。金融機関に確かめてください。" in words(page)
    record = re.search(r'href="(/refund/files/records/\d+/)"', page.content.decode())
    assert record is not None
    assert f"{7:020d}" in words(clerk.get(record[1]))
    assert ledger_screens.client("branch_clerk").get(record[1]).status_code == 403


def test_what_never_comes_back_is_given_up_with_a_reason_and_taken_in_should_it_come_after_all(
    ledger_screens: LedgerScreens, sent
) -> None:
    page, number = sent
    clerk = ledger_screens.client("clerk")
    assert clerk.post(f"{page}give-up/", {"reason": " "}).status_code == 422
    given_up = words(clerk.post(f"{page}give-up/", {"reason": "事業者が紛失した"}, follow=True))
    assert "打切り" in given_up
    assert "待っています" not in given_up
    listed = words(clerk.get("/deliveries/"))
    assert page not in listed[: listed.index("戻ったもの")]
    assert "打切り 事業者が紛失した" in listed
    assert "打切り 事業者が紛失した" in words(clerk.get("/answers/"))
    twice = clerk.post(f"{page}give-up/", {"reason": "再び"}, follow=True)
    assert "すでに受け付けたか、打ち切られています" in words(twice)
    both = [keyed(number, 1), keyed(number, 2)]
    taken = clerk.post(f"{page}return/", {"first": uploaded(both, "c"), "second": uploaded(both, "d")}, follow=True)
    assert "登録待ち" in words(taken)
    again = clerk.post(f"{page}return/", {"first": uploaded(both, "e"), "second": uploaded(both, "f")}, follow=True)
    assert "すでに受け付けたか、打ち切られています" in words(again)
    assert "delivery.give_up" in {action for action, *_ in ledger_screens.entries()}


def test_an_old_delivery_is_found_and_awaited_behind_a_hundred_newer_ones(ledger_screens: LedgerScreens, sent) -> None:
    page, _ = sent
    delivery = page.split("/")[2]
    with psycopg.connect(ledger_screens.database.owner_url) as connection:
        connection.execute(
            "INSERT INTO delivery (id, municipality_code, kind, number, sent_on, name, sha256, papers, total, made_by,"
            " made_at) SELECT gen_random_uuid(), municipality_code, kind, number + n, sent_on, name, sha256, papers,"
            " total, made_by, made_at FROM delivery, generate_series(1, 150) AS n WHERE delivery.id = %s",
            [delivery],
        )
        connection.execute(
            "INSERT INTO delivery_given_up (delivery_id, reason, recorded_by, given_up_at)"
            " SELECT id, 'x', 'x', made_at FROM delivery WHERE number > (SELECT number FROM delivery WHERE id = %s)",
            [delivery],
        )
    clerk = ledger_screens.client("clerk")
    assert "待っています" in words(clerk.get(page))
    listed = words(clerk.get("/deliveries/"))
    assert page in listed
    total = re.search(r"全 (\d+) 件のうち 1〜100 件目", listed)[1]
    assert int(total) >= 150
    assert f"全 {total} 件のうち 101〜{total} 件目" in words(clerk.get("/deliveries/?page=2"))
    assert f"101〜{total} 件目" in words(clerk.get("/deliveries/?page=99"))


def test_who_may_not_send_papers_sees_nothing_of_it(ledger_screens: LedgerScreens) -> None:
    assert ledger_screens.client("auditor").get("/deliveries/").status_code == 403
