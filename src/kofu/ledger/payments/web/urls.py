"""Addresses of payments."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.payments.web import closing, files, orders, search, slips, suspense, till, together
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "payments"
prefix = "payments/"
GROUP = "収納"
urlpatterns = [
    path("", files.listing, name="files"),
    path("receive/", files.receive, name="receive"),
    path("left-out/", files.left_out, name="left_out"),
    path("left-out/<int:problem_id>/", files.record, name="record"),
    path("left-out/<int:problem_id>/clear/", files.clear, name="clear"),
    path("batch/<uuid:batch_id>/", files.one, name="one"),
    path("batch/<uuid:batch_id>/post/", files.post, name="post"),
    path("batch/<uuid:batch_id>/move/", files.move, name="move"),
    path("batch/<uuid:batch_id>/accept/", files.accept, name="accept"),
    path("batch/<uuid:batch_id>/reject/", files.reject, name="reject"),
    path("search/", search.search, name="search"),
    path("counter/", till.offices, name="counter"),
    path("counter/open/", till.open_, name="open"),
    path("counter/<uuid:batch_id>/", till.page, name="entry"),
    path("counter/<uuid:batch_id>/enter/", till.enter, name="enter"),
    path("counter/<uuid:batch_id>/void/<int:line>/", till.void, name="void"),
    path("counter/<uuid:batch_id>/close/", till.close, name="close_batch"),
    path("suspense/", suspense.listing, name="suspense"),
    path("suspense/<uuid:payment_id>/", suspense.one, name="suspended"),
    path("suspense/<uuid:payment_id>/assign/", suspense.assign, name="assign"),
    path("suspense/<uuid:payment_id>/back/", suspense.send_back, name="send_back"),
    path("corrections/", suspense.corrections, name="corrections"),
    path("corrections/propose/<uuid:payment_id>/", suspense.propose, name="propose"),
    path("corrections/<uuid:correction_id>/decide/", suspense.decide, name="decide"),
    path("orders/", orders.listing, name="orders"),
    path("orders/<uuid:case_id>/", orders.one, name="order"),
    path("orders/<uuid:case_id>/propose/", orders.propose, name="propose_order"),
    path("orders/<uuid:case_id>/decide/", orders.decide, name="decide_order"),
    path("advised/", closing.advices, name="advised"),
    path("advised/<int:advised_id>/clear/", closing.clear, name="clear_finding"),
    path("slip/", slips.find, name="slip"),
    path("slip/<str:person_id>/<int:claim_id>/", slips.slip, name="slip_of"),
    path("slips/<str:person_id>/", together.together, name="slips_of"),
    path("closing/", closing.page, name="closing"),
    path("closing/state/", closing.state, name="state"),
    path("closing/close/", closing.close, name="close_day"),
    path("closing/files/", closing.decide_files, name="decide_files"),
    path("closing/decision/<uuid:decision_id>/", closing.decide, name="decide_day"),
]
screens = (
    NavigationEntry(
        label="収納ファイル", group=GROUP, url_name="payments:files", action="payment.view", order=300, access_key="f"
    ),
    NavigationEntry(label="収納を探す", group=GROUP, url_name="payments:search", action="person.search", order=305),
    NavigationEntry(
        label="窓口収納", group=GROUP, url_name="payments:counter", action="payment.enter", order=310, access_key="m"
    ),
    NavigationEntry(
        label="仮受金（不明金）",
        group=GROUP,
        url_name="payments:suspense",
        action="suspense.view",
        order=320,
        access_key="u",
    ),
    NavigationEntry(label="コンビニ速報", group=GROUP, url_name="payments:advised", action="payment.view", order=330),
    NavigationEntry(label="領収日順の事案", group=GROUP, url_name="payments:orders", action="payment.view", order=335),
    NavigationEntry(label="収納の訂正", group=GROUP, url_name="payments:corrections", action="payment.view", order=340),
    NavigationEntry(label="納付書の発行", group=GROUP, url_name="payments:slip", action="person.search", order=350),
    NavigationEntry(
        label="日次締め",
        group="日次締め",
        url_name="payments:closing",
        action="closing.view",
        order=600,
        access_key="d",
    ),
)
work_lists = (
    WorkList(
        label="登録を待つ収納ファイル",
        url_name="payments:files",
        action="payment.view",
        order=20,
        count=files.count_waiting,
    ),
    WorkList(
        label="留保した収納ファイル", url_name="payments:files", action="payment.view", order=21, count=files.count_held
    ),
    WorkList(
        label="除いた行", url_name="payments:left_out", action="payment.view", order=22, count=files.count_left_out
    ),
    WorkList(
        label="仮受金",
        url_name="payments:suspense",
        action="suspense.view",
        order=23,
        count=suspense.count_suspense,
    ),
    WorkList(
        label="確報未着・異例の速報",
        url_name="payments:advised",
        action="payment.view",
        order=24,
        count=closing.count_overdue,
    ),
    WorkList(
        label="締めていない会計日（前日まで）",
        url_name="payments:closing",
        action="closing.view",
        order=26,
        count=closing.count_unclosed,
    ),
    WorkList(
        label="決裁待ちの会計日・ファイル",
        url_name="payments:closing",
        action="closing.view",
        order=27,
        count=closing.count_decisions,
    ),
    WorkList(
        label="領収日順の事案",
        url_name="payments:orders",
        action="payment.view",
        order=26,
        count=orders.count_waiting,
    ),
    WorkList(
        label="決裁待ちの収納の訂正",
        url_name="payments:corrections",
        action="payment.view",
        order=25,
        count=suspense.count_corrections,
    ),
)
