"""Addresses of 相続人への還付: who receives the refund of a dead person, and on which account."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.overpayments.web import payees

app_name = "payees"
prefix = "representatives/"
_REFUND = "<str:person_id>/refunds/<uuid:case_id>/"
urlpatterns = [
    path(_REFUND, payees.page, name="list"),
    path(f"{_REFUND}<int:position>/account/", payees.account, name="account"),
    path(f"{_REFUND}<int:position>/failed/", payees.failed, name="failed"),
]
