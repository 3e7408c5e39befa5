"""Every language says everything."""

from __future__ import annotations

import pytest

from kofu.core.errors import OurFault
from kofu.kiosk import wording
from kofu.kiosk.desk import PRINTER
from kofu.kiosk.wording import load_texts


def test_all_languages_have_the_same_texts() -> None:
    texts = load_texts()
    assert {"ja", "en"} <= set(texts)
    for language, words in texts.items():
        assert words["lang"] == language


def test_every_end_of_the_printer_has_a_name() -> None:
    for texts in load_texts().values():
        assert set(texts["printer"]) == set(PRINTER)


def test_a_language_that_lacks_a_text_is_refused_at_the_start(tmp_path, monkeypatch) -> None:
    (tmp_path / "ja.toml").write_text('a = "あ"\n[b]\nc = "い"\n', encoding="utf-8")
    (tmp_path / "xx.toml").write_text('a = "x"\n[b]\n', encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    with pytest.raises(OurFault, match=r"xx.toml .* b\.c"):
        load_texts()
