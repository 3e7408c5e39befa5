"""Forms that screens of several rooms ask with."""

from __future__ import annotations

from django import forms


class ReasonForm(forms.Form):
    """Why something is done: a line that stays on record. The browser does not offer earlier ones."""

    reason = forms.CharField(label="理由", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
