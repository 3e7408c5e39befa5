"""Addresses of 書類の送付先, 相続人代表者, 納税管理人 and 送付先変更."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.recipients.web import agents, heirs, papers, views
from kofu.ledger.recipients.web.read import count_waiting
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "representatives"
prefix = "representatives/"
_HEIRS = "<str:person_id>/heirs/<uuid:inheritance_id>/"
_AGENT = "<str:person_id>/agents/<uuid:agent_id>/"
_FORWARDING = "<str:person_id>/forwarding/<uuid:forwarding_id>/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<str:person_id>/", views.page, name="page"),
    path("<str:person_id>/heirs/", heirs.register, name="heirs"),
    path(f"{_HEIRS}propose/", heirs.propose, name="propose"),
    path(f"{_HEIRS}approve/", heirs.approve, name="approve"),
    path(f"{_HEIRS}withdraw/", heirs.withdraw, name="withdraw"),
    path(f"{_HEIRS}end/", heirs.end, name="end"),
    path(f"{_HEIRS}notice/<int:position>/", papers.designation, name="designation"),
    path("<str:person_id>/agents/", agents.register, name="agent"),
    path(f"{_AGENT}approve/", agents.approve, name="agent_approve"),
    path(f"{_AGENT}reject/", agents.reject, name="agent_reject"),
    path(f"{_AGENT}dismiss/", agents.dismiss, name="agent_dismiss"),
    path(f"{_AGENT}confirm/", agents.confirm, name="agent_confirm"),
    path(f"{_AGENT}notice/", papers.approval, name="approval"),
    path("<str:person_id>/forwarding/", agents.register_forwarding, name="forwarding"),
    path(f"{_FORWARDING}end/", agents.stop_forwarding, name="forwarding_end"),
    path(f"{_FORWARDING}confirm/", agents.confirm_forwarded, name="forwarding_confirm"),
]
screens = (
    NavigationEntry(
        label="相続人代表者・納税管理人",
        group="個人",
        url_name="representatives:list",
        action="representative.list.view",
        order=110,
    ),
)
work_lists = (
    WorkList(
        label="決裁待ちの代表者の指定・納税管理人の承認",
        url_name="representatives:list",
        action="representative.list.view",
        order=30,
        count=count_waiting,
    ),
)
