"""Addresses of 口座振替."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.banks.web import doubtful
from kofu.ledger.debit.web import accounts, requests
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "debit"
prefix = "debit/"
urlpatterns = [
    path("", requests.listing, name="list"),
    path("make/", requests.make, name="make"),
    path("doubtful/", doubtful.listing, name="doubtful"),
    path("doubtful/confirm/", doubtful.confirm, name="confirm"),
    path("request/<uuid:request_id>/", requests.one, name="one"),
    path("request/<uuid:request_id>/file/", requests.file, name="file"),
    path("person/<str:person_id>/", accounts.page, name="person"),
    path("person/<str:person_id>/end/<uuid:mandate_id>/", accounts.end, name="end"),
]
work_lists = (
    WorkList(
        label="確認を待つ口座",
        url_name="debit:doubtful",
        action="account.confirm",
        order=36,
        count=doubtful.count_waiting,
    ),
    WorkList(
        label="死亡した方の口座振替",
        url_name="debit:list",
        action="payment.view",
        order=35,
        count=requests.count_dead,
    ),
)
screens = (
    NavigationEntry(label="口座振替の依頼", group="収納", url_name="debit:list", action="payment.view", order=305),
    NavigationEntry(label="口座の確認", group="収納", url_name="debit:doubtful", action="account.confirm", order=306),
)
