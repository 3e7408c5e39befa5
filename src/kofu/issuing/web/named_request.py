"""The request that staff name by its 受付番号, as it was told to them."""

from __future__ import annotations

from django import forms

from kofu.core.reference_number import read_reference
from kofu.issuing.requests.read_journal import request_of_reference
from kofu.staff.work import profile, use_case_connection


def request_named(said: str) -> str:
    """Find the request: the number may be in groups, in small letters, with O for 0.

    Raises `ValidationError`, in words for staff, for a number that is none, and for one no request bears.
    """
    number = read_reference(said)
    if number is None:
        raise forms.ValidationError("受付番号は英数字8文字です。入力した番号には誤りがあります。")
    with use_case_connection() as connection:
        found = request_of_reference(connection, profile().code, number)
    if found is None:
        raise forms.ValidationError("この受付番号の申請はありません。")
    return found
