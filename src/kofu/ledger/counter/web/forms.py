"""Forms of the counter's certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from kofu.core.kinds import CertificateKind
from kofu.core.profile import Profile
from kofu.ledger.counter.domain.rules import Applicant, CounterApplication
from kofu.ledger.counter.web.words import APPLICANTS
from kofu.ledger.profile.ledger_profile import CertificateRules
from kofu.staff.fields import NumberField

NO_PLATE = ("", "－")


class ApplicationForm(forms.Form):
    """申請書: which certificates, who asks, what they showed. Built for one person, profile and day."""

    application_id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="証明書の種類", widget=forms.RadioSelect)
    years = forms.MultipleChoiceField(label="年度", widget=forms.CheckboxSelectMultiple)
    copies = NumberField(label="部数（年度ごと）", min_value=1, initial=1)
    plate_number = forms.ChoiceField(label="標識番号（継続検査用）", required=False)
    applicant = forms.ChoiceField(
        label="申請者", choices=list(APPLICANTS.items()), initial=Applicant.SELF.value, widget=forms.RadioSelect
    )
    applicant_name = forms.CharField(
        label="申請者の氏名",
        max_length=120,
        required=False,
        help_text="本人以外のとき。",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    right_shown = forms.BooleanField(label="資格を示す書類（委任状、戸籍など）または同居を確認した", required=False)
    identity = forms.MultipleChoiceField(label="本人確認書類", required=False, widget=forms.CheckboxSelectMultiple)
    purpose = forms.ChoiceField(label="使用目的")
    free_reason = forms.ChoiceField(label="手数料", required=False)
    unpaid_accepted = forms.BooleanField(label="納税証明書に未納の額が記載されることを申請者が了承した", required=False)

    def __init__(
        self,
        *args: Any,
        profile: Profile,
        rules: CertificateRules,
        plates: Sequence[str],
        known: Sequence[str],
        today: date,
        **kwargs: Any,
    ) -> None:
        """Offer what the profile offers today, and the person's own vehicles; name who is `known` to have a right."""
        super().__init__(*args, **kwargs)
        self._rules = rules
        years = sorted(
            {year for kind in profile.kinds for year in profile.published_years(kind.kind, today, None)}, reverse=True
        )
        self._choose("kind", [
            (kind.kind.value, f"{kind.label.ja}　{_fee(profile.fee_on(kind.kind, today).counter)}")
            for kind in profile.kinds
        ])  # fmt: skip
        self._choose("years", [(str(year), profile.year_label(year)) for year in years])
        self._choose("plate_number", [NO_PLATE, *((plate, plate) for plate in plates)])
        self._choose("identity", [
            (kind.code, f"{kind.label}{'（顔写真付き）' if kind.photo else ''}") for kind in rules.identity
        ])  # fmt: skip
        self._choose("purpose", [("", "選んでください"), *((one.code, one.label) for one in rules.purposes)])
        self._choose("free_reason", [("", "有料"), *((one.code, f"無料（{one.label}）") for one in rules.free)])
        if known:
            self.fields["applicant_name"].help_text = f"本人以外のとき。登録のある方：{'、'.join(known)}"
        needed = rules.without_photo_needed
        self.fields["identity"].help_text = f"種類だけを記録し、写しは取りません。顔写真付き1点、ほかは{needed}点。"

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined] # a choice field's

    def clean(self) -> dict[str, Any]:
        """Ask for what the kind and the applicant need."""
        chosen: dict[str, Any] = super().clean() or {}
        if chosen.get("applicant") not in {None, Applicant.SELF.value} and not chosen.get("applicant_name"):
            self.add_error("applicant_name", "本人以外の申請では、申請者の氏名を入力してください。")
        if (chosen.get("copies") or 0) > self._rules.copies_max:
            self.add_error("copies", f"一度に {self._rules.copies_max} 部までです。")
        kind = chosen.get("kind")
        if kind == CertificateKind.VEHICLE_INSPECTION.value and not chosen.get("plate_number"):
            self.add_error("plate_number", "継続検査用では、標識番号を選んでください。")
        free = next((one for one in self._rules.free if one.code == chosen.get("free_reason")), None)
        if free is not None and free.kinds and kind not in {one.value for one in free.kinds}:
            self.add_error("free_reason", "この理由は、選んだ種類の証明書には使えません。")
        return chosen

    def asked(self) -> CounterApplication:
        """Give what was filled in."""
        chosen = self.cleaned_data
        kind = CertificateKind(chosen["kind"])
        return CounterApplication(
            applicant=Applicant(chosen["applicant"]),
            applicant_name=chosen["applicant_name"] if chosen["applicant"] != Applicant.SELF.value else "",
            right_shown=chosen["right_shown"],
            identity=tuple(chosen["identity"]),
            purpose=chosen["purpose"],
            kind=kind,
            years=tuple(sorted((int(year) for year in chosen["years"]), reverse=True)),
            copies=chosen["copies"],
            plate_number=chosen["plate_number"] if kind is CertificateKind.VEHICLE_INSPECTION else "",
            free_reason=chosen["free_reason"],
            unpaid_accepted=chosen["unpaid_accepted"],
        )


class ReprintForm(forms.Form):
    """Why a copy is printed again; nothing for the first time."""

    reason = forms.CharField(max_length=100, required=False)


class HandOverForm(forms.Form):
    """The fee that was taken."""

    fee_taken = NumberField(label="手数料（円）", help_text="受け取った額。", min_value=0)


class VoidForm(forms.Form):
    """Why papers count no more, and what fee is given back."""

    reason = forms.CharField(
        label="理由",
        max_length=100,
        help_text="例 印字のかすれ、年度の取違え。紙面は回収してください。",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    fee_returned = NumberField(label="返した手数料（円）", min_value=0, initial=0)


class ReissueForm(VoidForm):
    """The same, with the fee of the new papers."""

    free_reason = forms.ChoiceField(label="新しい証明書の手数料", required=False)

    def __init__(self, *args: Any, rules: CertificateRules, **kwargs: Any) -> None:
        """Offer the reasons of the profile."""
        super().__init__(*args, **kwargs)
        self.fields["free_reason"].choices = [  # type: ignore[attr-defined] # a choice field's
            ("", "はじめの申請と同じ"), *((one.code, f"無料（{one.label}）") for one in rules.free if not one.kinds),
        ]  # fmt: skip


class CounterCaseFindingForm(forms.Form):
    """One person's finding on a case."""

    finding = forms.CharField(
        label="判明したこと",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="何を見て、何が分かったか。10文字以上。「問題なし」だけでは署名できません。",
    )


def _fee(yen: int) -> str:
    return f"{yen:,}円" if yen else "無料"
