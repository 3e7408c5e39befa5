"""Which data the certificates are made from, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.issuing.acting.who_acts import system_clock
from kofu.issuing.feeds.generations import active_state, last_generations
from kofu.issuing.feeds.judged_feed_store import last_judged
from kofu.issuing.web.feeds.wording import FEEDS, MODES, STATES
from kofu.staff.actions import staff_action
from kofu.staff.work import profile, use_case_connection

SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old a feed is against its limit, in days. `age` None: there never was one."""

    label: str
    generation: int
    business_date: date | None
    age: int | None
    limit: int

    @property
    def stale(self) -> bool:
        """Whether certificates are refused because of it."""
        return self.age is None or self.age > self.limit


@staff_action("feed.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the active generation, how fresh its feeds are, what the gates said, and the last loads."""
    values, now = profile(), system_clock()
    with use_case_connection() as connection:
        state = active_state(connection, values.code)
        loads = last_generations(connection, values.code, last=SHOWN)
        judged = last_judged(connection, values.code, last=SHOWN)
    feeds: tuple[tuple[str, int, date | None, int], ...] = ()
    if state is not None:
        feeds = (
            (FEEDS["tax"], state.tax_feed_generation, state.tax_business_date, values.tax_feed_max_age_days),
            (
                FEEDS["resident"],
                state.resident_feed_generation,
                state.resident_business_date,
                values.resident_feed_max_age_days,
            ),
        )
    freshness = [
        Freshness(
            label=label,
            generation=generation,
            business_date=business_date,
            age=values.feed_age_days(business_date, now) if business_date is not None else None,
            limit=limit,
        )
        for label, generation, business_date, limit in feeds
    ]
    return render(
        request,
        "issuing/feeds/list.html",
        {
            "state": state,
            "freshness": freshness,
            "judged": [(feed, FEEDS[feed.feed], STATES[feed.stands]) for feed in judged],
            "loads": [(load, FEEDS[load.feed], MODES.get(load.mode, load.mode)) for load in loads],
        },
    )
