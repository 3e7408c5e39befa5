"""Addresses of 過誤納."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.overpayments.web import answers, batch, files, papers, transfers, views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "refund"
prefix = "refund/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("batch/", batch.page, name="batch"),
    path("batch/propose/", batch.propose, name="batch-propose"),
    path("batch/approve/", batch.approve, name="batch-approve"),
    path("batch/notify/", batch.notify, name="batch-notify"),
    path("transfers/", transfers.page, name="transfers"),
    path("transfers/make/", transfers.make, name="make"),
    path("files/", files.listing, name="files"),
    path("files/receive/", files.receive, name="files-receive"),
    path("files/records/<int:fault_id>/", files.record, name="file-record"),
    path("files/<uuid:file_id>/", files.one, name="file"),
    path("files/<uuid:file_id>/accept/", files.accept, name="file-accept"),
    path("files/<uuid:file_id>/reject/", files.reject, name="file-reject"),
    path("files/<uuid:file_id>/clear/<int:fault_id>/", files.clear, name="file-clear"),
    path("person/<str:person_id>/", views.propose, name="propose"),
    path("<uuid:case_id>/", views.one, name="one"),
    path("<uuid:case_id>/approve/", views.approve, name="approve"),
    path("<uuid:case_id>/answer/", answers.answer, name="answer"),
    path("<uuid:case_id>/account/", answers.correct_account, name="correct_account"),
    path("<uuid:case_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:case_id>/revoke/", views.revoke, name="revoke"),
    path("<uuid:case_id>/notify/", views.notify, name="notify"),
    path("<uuid:case_id>/refund-notice/", papers.refund_notice, name="refund_notice"),
    path("<uuid:case_id>/offset-notice/", papers.offset_notice, name="offset_notice"),
    path("<uuid:case_id>/claim/", views.claim, name="claim"),
    path("<uuid:case_id>/failed/", views.failed, name="failed"),
]
screens = (
    NavigationEntry(
        label="過誤納の一覧",
        group="過誤納・還付",
        url_name="refund:list",
        action="overpayment.view",
        order=400,
        access_key="k",
    ),
    NavigationEntry(
        label="充当・還付をまとめて処理",
        group="過誤納・還付",
        url_name="refund:batch",
        action="overpayment.view",
        order=405,
    ),
    NavigationEntry(
        label="還付の振込", group="過誤納・還付", url_name="refund:transfers", action="claim.view", order=410
    ),
    NavigationEntry(
        label="還付のファイル", group="過誤納・還付", url_name="refund:files", action="claim.view", order=415
    ),
)
work_lists = (
    WorkList(
        label="処理していない過誤納",
        url_name="refund:list",
        action="overpayment.view",
        order=40,
        count=views.count_undecided,
    ),
    WorkList(
        label="決裁待ちの充当・還付",
        url_name="refund:list",
        action="overpayment.view",
        order=41,
        count=views.count_waiting,
    ),
    WorkList(
        label="差し戻された充当・還付",
        url_name="refund:list",
        action="overpayment.propose",
        order=41,
        count=views.count_sent_back,
    ),
    WorkList(
        label="時効の近い還付",
        url_name="refund:list",
        action="overpayment.view",
        order=44,
        count=views.count_lapsing,
    ),
    WorkList(
        label="通知書を送る充当・還付",
        url_name="refund:list",
        action="overpayment.view",
        order=42,
        count=views.count_approved,
    ),
    WorkList(
        label="振込を待つ還付", url_name="refund:transfers", action="claim.view", order=43, count=views.count_claimed
    ),
    WorkList(
        label="決定・処理を待つ還付のファイル",
        url_name="refund:files",
        action="claim.view",
        order=43,
        count=files.count_waiting,
    ),
)
