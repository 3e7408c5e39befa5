"""Search for a person, see everything owed, paid and moved, and follow each number to its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.as_written import plain
from kofu.core.calendar import day_in_japan
from kofu.ledger.arrears.read import arrears_of
from kofu.ledger.books.claim_terms import ended_by, extinctions, recorded_events
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.prescription import DeferralGround, Extinction, Happening, PrescriptionEvent
from kofu.ledger.books.domain.quote import Quote, add_up
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.payments.domain.make_anew import AnewReason
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.receipt_cases import waiting_at
from kofu.ledger.payments.web import words as words_module
from kofu.ledger.payments.web.words import OUTCOMES
from kofu.ledger.people.find import FOUND_MAX, find_people
from kofu.ledger.person.page import (
    ClaimLine,
    EntryLine,
    entries_of_claim,
    entries_of_payment,
    read_person,
    sparing,
)
from kofu.ledger.person.web.timeline import installment_words, timeline
from kofu.ledger.recipients.read_recipients import standing_of
from kofu.ledger.recipients.web.read import lines_of
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import rules
from kofu.ledger.screens.found import found_on
from kofu.ledger.screens.quoting import QuoteForm, shown_quote
from kofu.staff.actions import staff_action
from kofu.staff.fields import BirthdayField
from kofu.staff.templatetags.staff import day
from kofu.staff.work import concerns, note, profile, reading_connection, use_case_connection

SPARED = "warn"
"""How the state of what is under 猶予 or 停止 is coloured; nothing else of 普通徴収 is."""
RECENT = 15
"""How many lines of 経過 are shown unfolded."""


class PersonSearchForm(forms.Form):
    """What is known of the person."""

    words = forms.CharField(
        label="フリガナ・氏名・宛名番号・通知書番号", max_length=60, required=False, widget=forms.SearchInput()
    )
    birthday = BirthdayField(label="生年月日", required=False, help_text="例 S55.4.1、昭和55年4月1日、1980-04-01")

    address = forms.CharField(label="住所（一部）", max_length=80, required=False)
    plate_number = forms.CharField(label="標識番号", max_length=20, required=False)

    def clean_words(self) -> str:
        """Take a number in full width for the number it is; a name stays as it was written."""
        words = str(self.cleaned_data["words"])
        return number if (number := plain(words)).isdigit() else words


@staff_action("person.search")
def search(request: HttpRequest) -> HttpResponse:
    """Find people. The words travel in the body, not in the address: they are personal data."""
    form = PersonSearchForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        with use_case_connection() as connection:
            asked = form.cleaned_data
            found = find_people(
                connection,
                profile().code,
                asked["words"],
                asked["birthday"],
                address=asked["address"],
                plate_number=asked["plate_number"],
            )
        for person in found:
            concerns(request, person.addressee_number)
        note(request, rows=len(found))
    lines = None if found is None else [(person, wording.STATUSES.get(person.status, "")) for person in found]
    return render(
        request,
        "ledger/person/search.html",
        {"form": form, "found": lines, "most": FOUND_MAX, "too_many": found is not None and len(found) == FOUND_MAX},
        status=422 if form.errors else 200,
    )


@staff_action("person.view", person="person_id")
@require_safe
def page(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show everything of a person, as of one moment: a posting made meanwhile is on all of it or on none."""
    today = day_in_japan(timezone.now())
    with reading_connection() as connection:
        found = found_on(connection, person_id)
        shown = read_person(connection, profile().code, found)
        standing = standing_of(connection, profile().code, found.addressee_number)
        owing = arrears_of(connection, profile().code, found.addressee_number, today)
        open_ids = [line.claim_id for line in shown.claims if line.due or line.interest_due]
        orders = waiting_at(connection, [line.claim_id for line in shown.claims])
        quotes = quotes_of(connection, open_ids, today, rules(connection))
        events = recorded_events(connection, [line.claim_id for line in shown.claims])
        ended = ended_by(connection, [claim_id for claim_id, quote in quotes.items() if quote.extinguished], today)
    concerns(request, found.addressee_number)
    lines = timeline(shown, events)
    owed = add_up(quote for line in shown.claims if not line.special and (quote := quotes.get(line.claim_id)))
    extinguished = sum(line.due for line in shown.claims if line.claim_id in ended and not line.special)
    in_arrears = sum(one.due_by_now for one in owing.claims if one.claim_id not in ended)
    years = [
        YearLines(
            heading=_heading(of_year[0]),
            totals=_totals(of_year, quotes),
            claims=[
                _line(line, today, quotes.get(line.claim_id), events.get(line.claim_id, ()), ended.get(line.claim_id))
                for line in of_year
            ],
        )
        for _, group in groupby(shown.claims, key=lambda line: (line.fiscal_year, line.origin_year, line.tax))
        for of_year in [list(group)]
    ]
    return render(
        request,
        "ledger/person/page.html",
        {
            "shown": shown,
            "status": wording.STATUSES.get(found.status, ""),
            "years": years,
            "spared": _all_spared(years),
            "owing": owing,
            "in_arrears": in_arrears,
            "extinguished": extinguished,
            "late": any(one.claim_id not in ended for one in owing.claims),
            "extinguished_words": wording.EXTINGUISHED,
            "not_due": shown.due - in_arrears - extinguished,
            "owed": owed,
            "orders": orders,
            "seized_excess": any(payment.channel == Channel.SEIZURE and payment.overpaid for payment in shown.payments),
            "recent": lines[:RECENT],
            "earlier": lines[RECENT:],
            "cases": [(case, *wording.REFUND_STATES[case.state]) for case in shown.cases],
            "today": today,
            "lines": lines_of(standing, today),
        },
    )


@staff_action("person.view", person="person_id")
@require_safe
def entries(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show every posting of a person, the latest first, each with its calculation."""
    with reading_connection() as connection:
        found = found_on(connection, person_id)
        shown = read_person(connection, profile().code, found)
    return render(
        request,
        "ledger/person/postings.html",
        {"person": found, "entries": [shown_entry(entry) for entry in shown.entries]},
    )


@staff_action("person.view", person="person_id")
@require_safe
def claim(request: HttpRequest, person_id: str, claim_id: int) -> HttpResponse:
    """Show how a 期別 came to stand where it does, entry by entry, each calculation line by line."""
    today = day_in_japan(timezone.now())
    form = QuoteForm(request.GET if "on" in request.GET else None, today)
    on: date = form.cleaned_data["on"] if form.is_valid() else today
    amount: int | None = form.cleaned_data["amount"] if form.is_valid() else None
    with reading_connection() as connection:
        found = found_on(connection, person_id)
        shown = read_person(connection, profile().code, found)
        line = next((line for line in shown.claims if line.claim_id == claim_id), None)
        if line is None:
            raise Http404("no such claim of this person")
        entries = entries_of_claim(connection, claim_id)
        quote = quotes_of(connection, [claim_id], on, rules(connection))[claim_id]
        as_of_today = quotes_of(connection, [claim_id], today, rules(connection))[claim_id]
        events = recorded_events(connection, [claim_id]).get(claim_id, [])
        ended = extinctions(connection, [claim_id])[claim_id]
    standing = _line(line, today, as_of_today, events, ended)
    return render(
        request,
        "ledger/person/claim.html",
        {
            "person": found,
            "line": line,
            "heading": _heading(line),
            "standing": standing.standing,
            "standing_kind": standing.kind,
            "entries": [shown_entry(entry) for entry in entries],
            "form": form,
            "shown": shown_quote(quote, amount, ended=ended),
        },
        status=422 if form.errors else 200,
    )


@staff_action("person.view", person="person_id")
@require_safe
def payment(request: HttpRequest, person_id: str, payment_id: UUID) -> HttpResponse:
    """Show where the money of a payment went, entry by entry."""
    with reading_connection() as connection:
        found = found_on(connection, person_id)
        shown = read_person(connection, profile().code, found)
        line = next((line for line in shown.payments if line.payment_id == payment_id), None)
        if line is None:
            raise Http404("no such payment of this person")
        entries = entries_of_payment(connection, payment_id)
    return render(
        request,
        "ledger/person/payment.html",
        {
            "person": found,
            "line": line,
            "channel": wording.CHANNELS[line.channel],
            "entries": [shown_entry(entry) for entry in entries],
        },
    )


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A 期別 as it is shown: its name, its standing in words, and what it comes to today where something is due.

    `extinguished`: nobody owes what of it stands in the books still.
    """

    line: ClaimLine
    name: str
    standing: str
    kind: str
    quote: Quote | None
    extinguished: bool = False


@dataclass(frozen=True, slots=True)
class YearLines:
    """A year and tax: its 期別 and their sums in yen."""

    heading: str
    totals: dict[str, int]
    claims: list[ShownClaim]

    @property
    def due(self) -> int:
        """本税 the person has still to pay."""
        return sum(claim.line.due for claim in self.claims if not claim.line.special and not claim.extinguished)

    @property
    def extinguished(self) -> int:
        """本税 nobody has to pay any more, which stands in the books until it is written off (不納欠損)."""
        return sum(claim.line.due for claim in self.claims if claim.extinguished)

    @property
    def special(self) -> int:
        """本税 that is still to be remitted for the person (特別徴収)."""
        return sum(claim.line.due for claim in self.claims if claim.line.special)

    @property
    def interest(self) -> int:
        """延滞金 the person would pay today."""
        return add_up(claim.quote for claim in self.claims if claim.quote and not claim.line.special).interest

    @property
    def heading_sums(self) -> list[tuple[str, int]]:
        """What the heading says in yen, each by its name: what is open, or what was paid where nothing is."""
        open_now = [("未納", self.due)] if self.is_open else []
        more = (
            ("延滞金", self.interest),
            ("特別徴収　納入待ち", self.special),
            (wording.EXTINGUISHED, self.extinguished),
        )
        return [*open_now, *((words, yen) for words, yen in more if yen)] or [("納付済", self.totals["paid"])]

    @property
    def is_open(self) -> bool:
        """Whether something of it is to be paid by the person, so that it is shown unfolded."""
        return bool(self.due or self.interest)


def _heading(line: ClaimLine) -> str:
    origin = "" if line.origin_year == line.fiscal_year else f"（相当年度 {profile().year_label(line.origin_year)}）"
    return f"{profile().year_label(line.fiscal_year)}{origin}　{wording.taxes()[line.tax]}"


def _line(
    line: ClaimLine,
    today: date,
    quote: Quote | None,
    events: Iterable[PrescriptionEvent] = (),
    ended: Extinction | None = None,
) -> ShownClaim:
    """Put a 期別 into words; one under 猶予, or extinguished, is not called 滞納.

    `events`: what is on record of it; `ended`: when and by what the law ends it.
    """
    not_due = quote.not_due if quote is not None else 0
    standing = line.standing(today, not_due)
    name = installment_words(line)
    if standing == "arrears" and ended is not None and ended.is_over(today):
        kind = wording.STANDINGS["extinguished"][1]
        return ShownClaim(line, name, wording.EXTINGUISHED_BY[ended.cause], kind, quote, extinguished=True)
    spared = sparing(events, today) if standing == "arrears" else None
    words, kind = wording.STANDINGS[standing] if spared is None else _spared_words(spared)
    return ShownClaim(line, name, words, kind, quote)


def _all_spared(years: Iterable[YearLines]) -> bool:
    """Whether collection of everything that would be 滞納 is kept off, and there is such."""
    kinds = [claim.kind for year in years for claim in year.claims if not claim.line.special]
    return SPARED in kinds and "bad" not in kinds


def _spared_words(spared: PrescriptionEvent) -> tuple[str, str]:
    """Say that collection is kept off, and to which day; the name of a 猶予 follows what it rests on."""
    what = "執行停止" if spared.happening is Happening.SUSPENDED else "徴収猶予"
    if spared.ground is DeferralGround.CONVERSION:
        what = "換価の猶予"
    return f"{what}中（{day(spared.until)}まで）" if spared.until else f"{what}中", SPARED


def _totals(lines: list[ClaimLine], quotes: dict[int, Quote]) -> dict[str, int]:
    names = ("assessed", "paid", "due")
    sums: dict[str, int] = {name: sum(getattr(line, name) for line in lines) for name in names}
    return sums | {"interest": add_up(quotes[line.claim_id] for line in lines if line.claim_id in quotes).interest}


def shown_entry(entry: EntryLine) -> dict[str, object]:
    """Put an entry into words: its movements by account, its calculation by segment."""
    segments = entry.detail.get("segments", ())
    return {
        "entry": entry,
        "kind": wording.ENTRY_KINDS.get(entry.kind, entry.kind),  # type: ignore[call-overload] # a StrEnum's value
        "transfers": [
            (wording.ACCOUNTS[transfer.debit], wording.ACCOUNTS[transfer.credit], transfer)  # type: ignore[index] # same
            for transfer in entry.transfers
        ],
        "segments": [
            {
                **segment,
                "first": date.fromisoformat(segment["first"]),
                "last": date.fromisoformat(segment["last"]),
                "percent": f"{segment['rate'] / 10:.1f}",
                "kind": wording.RATE_KINDS[segment["kind"]],
            }
            for segment in segments
        ],
        "sum": entry.detail.get("sum"),
        "reason": OUTCOMES[MatchOutcome(entry.reason)] if entry.reason in set(MatchOutcome) else entry.reason,
        "cause": _cause(entry.detail.get("cause")),
    }


def _cause(cause: Mapping[str, str | None] | None) -> str:
    """Say why money was allocated anew: what happened, and the days of the payment it was."""
    if cause is None:
        return ""
    words = words_module.CAUSES[AnewReason(cause["why"] or "")]
    days = [
        f"{label}　{day(date.fromisoformat(told))}"
        for label, told in (("領収日", cause.get("received_on")), ("会計日", cause.get("booked_on")))
        if told
    ]
    return f"{words}（{'、'.join(days)}）" if days else words
