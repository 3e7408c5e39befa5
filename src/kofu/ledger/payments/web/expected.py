"""届くはずのファイル: which are missing on a day, and the form two people decide about them with."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import psycopg
from django import forms
from django.http import QueryDict

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.day_decisions import DayDecision
from kofu.ledger.payments.batches import Batch, list_batches
from kofu.ledger.payments.coverage import FileKey, Missing, late_files, missing_on, propose_file
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.profile.domain.channel_rules import ChannelRule
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.staff.templatetags.staff import day as day_words
from kofu.staff.work import profile

KINDS = (
    (DayDecision.NOTHING_PAID.value, "収納がなく、ファイルはない（送付元に確かめた）"),
    (DayDecision.COMES_LATER.value, "遅れて届く（届くまで督促を止めて、この日を締める）"),
    (DayDecision.CAME.value, "届いている（登録済みのファイルがそれである）"),
)


class FilesForm(forms.Form):
    """Which expected files, what became of them, and how that is known."""

    wanted = forms.MultipleChoiceField(label="ファイル", widget=forms.CheckboxSelectMultiple)
    kind = forms.ChoiceField(label="どうなったか", choices=KINDS, widget=forms.RadioSelect)
    batch = forms.ChoiceField(label="届いたファイル", required=False, help_text="「届いている」のとき。")
    reason = forms.CharField(label="理由・確かめた相手", max_length=200)

    def __init__(self, data: QueryDict | None, missing: list[Missing], arrived: list[Batch]) -> None:
        """Offer the files that are missing and the batches one of them can be."""
        super().__init__(data, auto_id="id_file_%s")
        self.missing = {f"{one.file.channel}/{one.file.day}/{one.file.reach}": one for one in missing}
        offered, batches = self.fields["wanted"], self.fields["batch"]
        offered.choices = [(key, _words(one)) for key, one in self.missing.items()]  # type: ignore[attr-defined] # a choice field
        batches.choices = [("", "")] + [  # type: ignore[attr-defined] # a choice field
            (str(one.id), f"{one.name}（{day_words(one.booked_on)}）") for one in arrived
        ]


def channels_in_use() -> tuple[ChannelRule, ...]:
    """Give how the files of each channel come here."""
    return ledger_profile(profile().code).channel_rules


def missing_files(connection: psycopg.Connection, day: date) -> list[Missing]:
    """List the files a day still waits for, or was decided about."""
    return missing_on(connection, profile().code, channels_in_use(), day, day)


def files_form(connection: psycopg.Connection, day: date, data: QueryDict | None = None) -> FilesForm:
    """Give the form about the files of a day that are missing, and those that days were closed without."""
    missing = [*missing_files(connection, day), *late_files(connection, profile().code, channels_in_use())]
    open_to_decide = [one for one in missing if one.proposed is None]
    asked = {one.file.channel.value for one in open_to_decide}
    arrived = [
        batch
        for batch in list_batches(connection, profile().code)
        if batch.stands is BatchState.POSTED and batch.channel in asked
    ]
    return FilesForm(data, open_to_decide, arrived)


def propose_files(connection: psycopg.Connection, form: FilesForm, acting: Acting) -> int:
    """Propose what a valid form says, in the caller's transaction; give how many files."""
    given = form.cleaned_data
    for key in given["wanted"]:
        file = form.missing[key].file
        propose_file(
            connection,
            profile().code,
            channels_in_use(),
            FileKey(file.channel, file.day, file.reach),
            DayDecision(given["kind"]),
            batch_id=UUID(given["batch"]) if given["batch"] else None,
            reason=given["reason"],
            acting=acting,
        )
    return len(given["wanted"])


def file_state(one: Missing) -> tuple[str, str]:
    """Say how it stands with a file, with the colour of its mark."""
    if one.proposed is not None:
        return "決裁待ち", "warn"
    return ("未着", "bad") if one.holds_the_day else ("未着のまま締める（決裁済）", "warn")


def _words(one: Missing) -> str:
    """Name a file as its sender knows it."""
    channel, file = wording.CHANNELS[one.file.channel], one.file
    return f"{channel}　{day_words(file.day)}の分（領収日 {day_words(file.reach)} まで）　{one.sender}"
