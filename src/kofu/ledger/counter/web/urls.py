"""Addresses of the counter's certificates."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.counter.web import cases, report, steps, views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "certificates"
prefix = "certificates/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("report/", report.day, name="report"),
    path("cases/", cases.listing, name="cases"),
    path("cases/stop/", cases.stop, name="stop"),
    path("cases/<uuid:case_id>/", cases.one, name="case"),
    path("cases/<uuid:case_id>/sign/", cases.sign, name="sign"),
    path("<str:person_id>/apply/", views.apply, name="apply"),
    path("<str:person_id>/<uuid:application_id>/", views.one, name="one"),
    path("<str:person_id>/<uuid:application_id>/issue/", steps.issue, name="issue"),
    path("<str:person_id>/<uuid:application_id>/print/", steps.print_all, name="print-all"),
    path("<str:person_id>/<uuid:application_id>/print/<int:position>/", steps.print_one, name="print"),
    path("<str:person_id>/<uuid:application_id>/hand-over/", steps.hand_over, name="hand-over"),
    path("<str:person_id>/<uuid:application_id>/refuse/", steps.refuse, name="refuse"),
    path("<str:person_id>/<uuid:application_id>/withdraw/", steps.withdraw, name="withdraw"),
    path("<str:person_id>/<uuid:application_id>/approve/", steps.approve, name="approve"),
    path("<str:person_id>/<uuid:application_id>/deny/", steps.deny, name="deny"),
    path("<str:person_id>/<uuid:application_id>/void/", steps.void, name="void"),
    path("<str:person_id>/<uuid:application_id>/reissue/", steps.reissue, name="reissue"),
]
screens = (
    NavigationEntry(
        label="窓口交付",
        group="証明書",
        url_name="certificates:list",
        action="certificate.view",
        order=800,
        access_key="c",
    ),
    NavigationEntry(
        label="日計", group="証明書", url_name="certificates:report", action="certificate_report.view", order=810
    ),
    NavigationEntry(
        label="調査票・停止", group="証明書", url_name="certificates:cases", action="certificate_case.view", order=820
    ),
)
work_lists = (
    WorkList(
        label="決裁待ちの窓口交付（支援措置）",
        url_name="certificates:list",
        action="certificate.approve",
        order=60,
        count=views.count_waiting,
    ),
)
