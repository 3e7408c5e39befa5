"""What a clerk sees before a paper is issued is what the paper will say."""

from __future__ import annotations

import pytest
from tests.certificates import orders

from kofu.certificates.content import compose
from kofu.certificates.preview import preview_of


@pytest.mark.parametrize("form", list(orders.SAMPLES), ids="/".join)
def test_every_value_of_a_paper_is_on_the_screen(form: tuple[str, str]) -> None:
    """But for the 発行番号 and the pages, which are given when it is issued."""
    content = compose(orders.SAMPLES[form])
    shown = preview_of(content)
    said = [shown.title, shown.foot, *shown.total, *shown.remarks, *(cell for row in shown.rows for cell in row)]
    said += [text for line in shown.head for text in (line.label, line.value)]
    said += [text for group in shown.groups for line in group.lines for text in (line.label, line.value)]
    screen = "\n".join(said)
    unnumbered = {
        name: text for name, text in content.fields.items() if not name.startswith(("page_", "certificate_n"))
    }
    assert {name: text for name, text in unnumbered.items() if text not in screen} == {}


def test_taxes_are_named_by_whose_they_are() -> None:
    """On the paper 所得割 stands below 特別区民税 or 都民税; on a screen each line says it."""
    shown = preview_of(compose(orders.SAMPLES["taxation", "standard_r8"]))
    labels = [line.label for group in shown.groups if group.heading == "税額" for line in group.lines]
    assert labels[:3] == ["特別区民税　所得割", "特別区民税　均等割", "都民税　所得割"]
    assert len(set(labels)) == len(labels)


def test_payments_stand_in_rows_under_their_headings_with_their_sum() -> None:
    shown = preview_of(compose(orders.SAMPLES["payment", "standard_r8"]))
    assert shown.columns[-1] == "滞納額"
    assert all(len(row) == len(shown.columns) == len(shown.total) for row in shown.rows)
    assert shown.groups == ()
