"""Where the screens of a system come from: a topic each, which the system's `web/urls.py` lists.

A topic is a module `urls` in the `web` of a feature that says::

    app_name = "refund"                       # the namespace: reverse("refund:list")
    prefix = "refund/"                        # where it is mounted; "" for the home page
    urlpatterns = [path("", views.listing, name="list")]
    screens = (Screen(label="還付の一覧", group="過誤納・還付", url_name="refund:list", action="claim.view", order=40),)
    work_lists = (WorkList(label="決裁待ちの還付", url_name="refund:waiting", action="overpayment.approve",
                           order=10, count=store.count_waiting),)
    figures = (HomeFigure(label="滞納", url_name="arrears:overdue", action="dunning.view", order=10, read=…),)

Its templates stand in `web/templates/<system>/<topic>/`. Every view is declared by `staff_action`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import cast

import psycopg
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, include, path

from kofu.core.calendar import JST
from kofu.staff.actions import declared_of
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.waiting import (
    count_expired_months,
    count_late_reports,
    count_overdue_proofs,
    count_overdue_reviews,
    count_unreviewed_months,
    count_waiting_changes,
    count_waiting_workers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEntry:
    """An entry of the navigation on the left: shown to who may do `action`.

    `group`: the heading it stands under. `order`: groups and entries stand by their lowest number. `access_key`: one
    letter or digit, shown beside the label; "" for none.
    """

    label: str
    group: str
    url_name: str
    action: str
    order: int
    access_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """A list of work on the home page, with how much waits. `count` reads it on a use-case connection."""

    label: str
    url_name: str
    action: str
    order: int
    count: Callable[[psycopg.Connection], int]


@dataclass(frozen=True, slots=True)
class FigureValue:
    """A figure of the home page: how many of what, and yen where it is money (None: it is not)."""

    count: int
    unit: str
    yen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFigure:
    """A figure on the home page that says how the house stands, above the lists of work. `read` as `WorkList.count`."""

    label: str
    url_name: str
    action: str
    order: int
    read: Callable[[psycopg.Connection], FigureValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One collected topic."""

    name: str
    prefix: str
    module: str
    screens: tuple[NavigationEntry, ...]
    work_lists: tuple[WorkList, ...]
    figures: tuple[HomeFigure, ...]


def topics_of(modules: Iterable[ModuleType]) -> tuple[Topic, ...]:
    """Read what the `urls` modules of topics say."""
    return tuple(
        Topic(
            name=urls.app_name,
            prefix=urls.prefix,
            module=urls.__name__,
            screens=tuple(getattr(urls, "screens", ())),
            work_lists=tuple(getattr(urls, "work_lists", ())),
            figures=tuple(getattr(urls, "figures", ())),
        )
        for urls in modules
    )


@cache
def topics() -> tuple[Topic, ...]:
    """Give the topics of this system, as its root of addresses (`web/urls.py`) lists them."""
    return topics_of(cast("ModuleType", get_resolver().urlconf_module).topics)


def topic_urls(modules: Iterable[ModuleType]) -> list[URLResolver]:
    """Give the URLs of topics, for the system's `web/urls.py`."""
    return [path(topic.prefix, include(topic.module)) for topic in topics_of(modules)]


#: Screens every system with staff has.
OWN_SCREENS = (
    NavigationEntry(label="アカウント", group="管理", url_name="staff:accounts", action="account.view", order=900),
    NavigationEntry(
        label="アカウント棚卸", group="管理", url_name="staff:account_reviews", action="account.view", order=902
    ),
    NavigationEntry(label="委託先", group="管理", url_name="staff:contractors", action="contractor.view", order=904),
    NavigationEntry(label="事故報告", group="管理", url_name="staff:incidents", action="incident.view", order=908),
    NavigationEntry(label="稼働の状況", group="管理", url_name="staff:operation", action="operation.view", order=906),
    NavigationEntry(label="操作の記録", group="管理", url_name="staff:audit", action="audit.view", order=910),
    NavigationEntry(label="記録の月次点検", group="管理", url_name="staff:reviews", action="audit.review", order=911),
    NavigationEntry(
        label="本人への開示", group="管理", url_name="staff:person_record", action="audit.person", order=912
    ),
    NavigationEntry(label="保管と消去", group="管理", url_name="staff:retention", action="retention.view", order=915),
    NavigationEntry(label="自分のアカウント", group="管理", url_name="mfa_index", action="own.account", order=920),
    NavigationEntry(label="権限表", group="管理", url_name="staff:permissions", action="permissions.view", order=930),
)


#: Lists of work every system with staff has.
OWN_WORK_LISTS = (
    WorkList(
        label="確認待ちのアカウントの変更",
        url_name="staff:account_changes",
        action="account_change.confirm",
        order=900,
        count=count_waiting_changes,
    ),
    WorkList(
        label="確認待ちの作業者（委託先）",
        url_name="staff:contractors",
        action="contractor.confirm",
        order=902,
        count=count_waiting_workers,
    ),
    WorkList(
        label="保存期間（7年）を過ぎた記録の月",
        url_name="staff:audit_months",
        action="audit.view",
        order=900,
        count=lambda connection: count_expired_months(connection, datetime.now(JST).date()),
    ),
)
#: Figures every system with staff has.
OWN_FIGURES = (
    HomeFigure(
        label="期限を過ぎた棚卸",
        url_name="staff:account_reviews",
        action="account.review",
        order=900,
        read=lambda connection: FigureValue(count_overdue_reviews(connection, datetime.now(JST).date()), "件"),
    ),
    HomeFigure(
        label="期限を過ぎた事故報告",
        url_name="staff:incidents",
        action="incident.view",
        order=901,
        read=lambda connection: FigureValue(count_late_reports(connection, datetime.now(JST).date()), "件"),
    ),
    HomeFigure(
        label="期限を過ぎた消去証明",
        url_name="staff:contractors",
        action="contractor.view",
        order=902,
        read=lambda connection: FigureValue(count_overdue_proofs(connection, datetime.now(JST).date()), "件"),
    ),
    HomeFigure(
        label="点検の済んでいない月",
        url_name="staff:reviews",
        action="audit.review",
        order=900,
        read=lambda connection: FigureValue(count_unreviewed_months(connection, datetime.now(JST).date()), "か月"),
    ),
)


@dataclass(frozen=True, slots=True)
class DeclaredScreen:
    """One address, its name, and what its view declares: an action's code, `public`, or `none`."""

    route: str
    name: str
    declared: str


def declared_screens() -> tuple[DeclaredScreen, ...]:
    """List every address of this system with what its view declares."""
    return tuple(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[URLPattern | URLResolver], route: str, namespace: str) -> Iterator[DeclaredScreen]:
    for pattern in patterns:
        where = f"{route}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, where, inner)
            continue
        declared = declared_of(pattern.callback)
        word = "none" if declared is None else (declared.action.code if declared.action else "public")
        yield DeclaredScreen(route=f"/{where}", name=f"{namespace}{pattern.name}", declared=word)


def screens_for(role: str) -> tuple[tuple[str, tuple[NavigationEntry, ...]], ...]:
    """Give the navigation of a role: groups with their entries, in order."""
    groups: dict[str, list[NavigationEntry]] = {}
    every = [screen for topic in topics() for screen in topic.screens] + list(OWN_SCREENS)
    for screen in sorted(every, key=lambda screen: (screen.order, screen.label)):
        if PERMISSIONS.allows(role, screen.action, settings.KOFU_SYSTEM):
            groups.setdefault(screen.group, []).append(screen)
    return tuple((group, tuple(screens)) for group, screens in groups.items())


def figures_for(role: str) -> tuple[HomeFigure, ...]:
    """Give the figures of the home page a role may see, in order."""
    every = [*(figure for topic in topics() for figure in topic.figures), *OWN_FIGURES]
    return tuple(
        figure
        for figure in sorted(every, key=lambda figure: (figure.order, figure.label))
        if PERMISSIONS.allows(role, figure.action, settings.KOFU_SYSTEM)
    )


def work_lists_for(role: str) -> tuple[WorkList, ...]:
    """Give the work lists a role may see, in order."""
    every = [*(work_list for topic in topics() for work_list in topic.work_lists), *OWN_WORK_LISTS]
    return tuple(
        work_list
        for work_list in sorted(every, key=lambda work_list: (work_list.order, work_list.label))
        if PERMISSIONS.allows(role, work_list.action, settings.KOFU_SYSTEM)
    )
