"""Forms of heirs, tax agents, forwardings and the heirs' accounts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django import forms

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.agents import AgentFiling
from kofu.ledger.recipients.domain.heirs import HEIRS_MAX, Basis, Heir
from kofu.ledger.recipients.domain.recipients import Forwarding
from kofu.ledger.screens import wording
from kofu.ledger.screens.forms import ReasonForm
from kofu.staff.fields import ADDRESSEE_NUMBER, CodeField, DayField, NumberField

OFF = {"autocomplete": "off"}
POSTAL = r"^[0-9]{7}$"
CONFIRMED_HINT = "支援措置の対象の方のときだけ。確認するまで、書類は送られません。"


def _postal(**more: Any) -> CodeField:
    return CodeField(
        POSTAL,
        joined=True,
        label="郵便番号",
        required=False,
        help_text="7けた。",
        widget=forms.TextInput(OFF),
        **more,
    )


class DeclarationForm(forms.Form):
    """相続人代表者指定届, 変更届, or what a survey found."""

    basis = forms.ChoiceField(
        label="種類",
        choices=(
            (Basis.DECLARATION.value, "相続人代表者指定届（相続人全員の署名あり）"),
            (Basis.CHANGE.value, "相続人代表者変更届（相続人全員の署名あり）"),
            (Basis.SURVEY.value, "職権の調査（届出がない。代表者は後で指定する）"),
        ),
        widget=forms.RadioSelect,
    )
    died_on = DayField(label="死亡年月日")
    filed_on = DayField(label="届出・調査の日")
    declare_by = DayField(
        label="届出を求めた期限",
        required=False,
        help_text="職権の調査のとき。相続人に届出を求めた文書に記した期限。過ぎると指定できます。",
    )
    representative = NumberField(
        label="代表者となる相続人の番号",
        required=False,
        min_value=1,
        max_value=HEIRS_MAX,
        help_text="届出のとき。下の表の番号。",
        widget=forms.TextInput({**OFF, "inputmode": "numeric"}),
    )


class HeirForm(forms.Form):
    """One heir; an empty row is left out."""

    name = forms.CharField(label="氏名", max_length=120, required=False, widget=forms.TextInput({**OFF, "size": "12"}))
    relation = forms.CharField(
        label="続柄", max_length=20, required=False, widget=forms.TextInput({**OFF, "size": "5"})
    )
    share = CodeField(
        r"^[1-9][0-9]{0,3}(/[1-9][0-9]{0,3})?$",
        label="相続分",
        required=False,
        widget=forms.TextInput({**OFF, "size": "5", "placeholder": "1/2"}),
        error_messages={"invalid": "1/2 のように記入"},
    )
    postal_code = CodeField(
        POSTAL,
        joined=True,
        label="郵便番号",
        required=False,
        widget=forms.TextInput({**OFF, "size": "7"}),
        error_messages={"invalid": "7けたの数字"},
    )
    address = forms.CharField(
        label="住所", max_length=200, required=False, widget=forms.TextInput({**OFF, "size": "30"})
    )
    addressee_number = CodeField(
        f"^{ADDRESSEE_NUMBER}$", label="宛名番号", required=False, widget=forms.TextInput({**OFF, "size": "9"})
    )
    signed = forms.BooleanField(label="署名", required=False)
    protected = forms.BooleanField(label="支援措置", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name each control for who cannot see the table's head."""
        super().__init__(*args, **kwargs)
        number = int(str(self.prefix).rsplit("-", 1)[-1]) + 1 if str(self.prefix).rsplit("-", 1)[-1].isdigit() else 0
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{number}人目の{field.label}"

    def clean(self) -> dict[str, Any]:
        """Ask for the whole of a row that was begun."""
        given: dict[str, Any] = super().clean() or {}
        begun = any(given.get(name) for name in ("name", "relation", "share", "address", "addressee_number"))
        for name in ("name", "relation", "share", "address"):
            if begun and not given.get(name) and name not in self.errors:
                self.add_error(name, "必須です")
        return given

    def heir(self) -> Heir | None:
        """Give the heir, or None for an empty row."""
        given = self.cleaned_data
        if not given.get("name"):
            return None
        return Heir(
            name=given["name"],
            postal_code=given["postal_code"],
            address=given["address"],
            relation=given["relation"],
            share=Fraction(given["share"]),
            signed=given["signed"],
            addressee_number=given["addressee_number"],
            protected=given["protected"],
        )


HeirRows = forms.formset_factory(HeirForm, extra=0, max_num=HEIRS_MAX, validate_max=True)


class DesignationForm(forms.Form):
    """指定の起案: who, why."""

    position = forms.TypedChoiceField(label="代表者に指定する相続人", coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(label="指定の理由", max_length=100, help_text="指定通知書に記載されます。")

    def __init__(self, *args: Any, heirs: tuple[Heir, ...], **kwargs: Any) -> None:
        """Offer the heirs."""
        super().__init__(*args, **kwargs)
        self.fields["position"].choices = [  # type: ignore[attr-defined] # a choice field has choices
            (place, f"{heir.name}（{heir.relation}）") for place, heir in enumerate(heirs)
        ]


class RecipientEndForm(ReasonForm):
    """Until when, and why."""

    last_day = DayField(label="最後の日")
    field_order = ("last_day", "reason")


class AgentForm(forms.Form):
    """納税管理人申告書, or 納税管理人承認申請書."""

    inside = forms.TypedChoiceField(
        label="種類",
        choices=(
            ("1", "申告（納税管理人の住所が条例で定める地域内）"),
            ("0", "承認の申請（地域外。決裁者の承認を待つ）"),
        ),
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label="納税管理人の氏名", max_length=120, widget=forms.TextInput(OFF))
    postal_code = _postal()
    address = forms.CharField(label="納税管理人の住所", max_length=200, widget=forms.TextInput(OFF))
    taxes = forms.MultipleChoiceField(
        label="税目",
        choices=lambda: list(wording.taxes().items()),
        widget=forms.CheckboxSelectMultiple,
    )
    may_certify = forms.BooleanField(label="これらの税目の証明書の申請も任せる", required=False, initial=True)
    filed_on = DayField(label="申告・申請の日")
    valid_from = DayField(label="始まりの日")
    valid_until = DayField(
        label="終わりの日",
        required=False,
        help_text="決まっていなければ空欄。",
    )
    replaces = forms.ChoiceField(label="前の納税管理人", help_text="変更のときに選びます。", required=False)
    confirmed = forms.BooleanField(label="納税義務者本人の意思を確認した", required=False, help_text=CONFIRMED_HINT)

    def __init__(self, *args: Any, former: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the agents who may be followed by this one."""
        super().__init__(*args, **kwargs)
        self.fields["replaces"].choices = [("", "変更ではない"), *former]  # type: ignore[attr-defined] # as above

    def filing(self) -> AgentFiling:
        """Give what was filed."""
        given = self.cleaned_data
        return AgentFiling(
            name=given["name"],
            postal_code=given["postal_code"],
            address=given["address"],
            inside=given["inside"],
            taxes=frozenset(Tax(one) for one in given["taxes"]),
            may_certify=given["may_certify"],
            confirmed=given["confirmed"],
            filed_on=given["filed_on"],
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
        )


class ForwardingForm(forms.Form):
    """送付先変更届."""

    postal_code = _postal()
    address = forms.CharField(label="送付先の住所", max_length=200, widget=forms.TextInput(OFF))
    care_of = forms.CharField(
        label="様方",
        max_length=60,
        required=False,
        help_text="受け取る方の家の名（「見本」と記入すると「見本様方」）。",
    )
    valid_from = DayField(label="始まりの日")
    valid_until = DayField(
        label="終わりの日",
        required=False,
        help_text="決まっていなければ空欄。",
    )
    reason = forms.CharField(label="理由", max_length=100, widget=forms.TextInput(OFF))
    confirmed = forms.BooleanField(label="本人の意思を確認した", required=False, help_text=CONFIRMED_HINT)

    def forwarding(self) -> Forwarding:
        """Give what was filed."""
        given = self.cleaned_data
        return Forwarding(
            postal_code=given["postal_code"],
            address=given["address"],
            care_of=given["care_of"],
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
            confirmed=given["confirmed"],
        )
