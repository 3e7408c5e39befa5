"""Four eyes are one decision: who proposes does not decide, only who proposed takes back, a reason is said (P9)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kofu.core.errors import Blame, OperatorFault
from kofu.core.four_eyes import require_proposer, require_reason, require_second_person, same_person

SOURCE = Path(__file__).parents[2] / "src" / "kofu"
CODES = {"second_person_needed", "not_the_proposer", "reason_needed", "reason_missing"}
SPELLINGS = ["hanako", "Hanako", " hanako ", "ＨＡＮＡＫＯ", "hana ko"]


def code_of(call: pytest.ExceptionInfo[OperatorFault]) -> str:
    assert call.value.blame is Blame.OPERATOR
    return call.value.code


@pytest.mark.parametrize("by", SPELLINGS)
def test_nobody_becomes_a_second_person_by_spelling_the_name_otherwise(by) -> None:
    with pytest.raises(OperatorFault) as refused:
        require_second_person(by, "hanako", what="a refund")
    assert code_of(refused) == "second_person_needed"
    require_proposer(by, "hanako", what="a refund")


def test_another_person_decides_what_one_proposed_and_another_entered() -> None:
    require_second_person("taro", "hanako", "jiro", "", what="a batch")
    for one in ("hanako", "jiro"):
        with pytest.raises(OperatorFault, match="a batch") as refused:
            require_second_person(one, "hanako", "jiro", what="a batch")
        assert code_of(refused) == "second_person_needed"


@pytest.mark.parametrize("nobody", ["", " ", "\u3000"])
def test_nobody_is_no_second_person(nobody) -> None:
    with pytest.raises(OperatorFault) as refused:
        require_second_person(nobody, "hanako", what="a batch")
    assert code_of(refused) == "second_person_needed"


def test_only_who_proposed_takes_it_back() -> None:
    with pytest.raises(OperatorFault) as refused:
        require_proposer("taro", "hanako", what="a merge")
    assert code_of(refused) == "not_the_proposer"


@pytest.mark.parametrize("reason", ["", "  ", "\u3000\n"])
def test_a_reason_of_nothing_but_space_is_none(reason) -> None:
    with pytest.raises(OperatorFault, match="a merge says why") as refused:
        require_reason(reason, "a merge says why")
    assert code_of(refused) == "reason_needed"


def test_a_reason_is_kept_whole_or_refused() -> None:
    """Cut, it would say something else to who decides."""
    assert require_reason("理" * 200) == "理" * 200
    with pytest.raises(OperatorFault, match="201 characters; at most 200") as refused:
        require_reason("理" * 201)
    assert code_of(refused) == "reason_long"


def test_a_reason_is_kept_without_the_space_around_it() -> None:
    assert require_reason(" 賦課取消 ") == "賦課取消"


def test_two_logins_that_differ_are_two_people() -> None:
    assert not same_person("hanako", "hanako2")


def raises_itself(text: str) -> bool:
    """Whether a module decides by itself what `four_eyes` decides."""
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("Fault")
        and any(isinstance(word, ast.Constant) and word.value in CODES for word in node.args[:1])
        for node in ast.walk(ast.parse(text))
    )


def test_nobody_else_decides_it() -> None:
    texts = {path.relative_to(SOURCE).as_posix(): path.read_text("utf-8") for path in SOURCE.rglob("*.py")}
    assert [name for name, text in texts.items() if raises_itself(text)] == ["core/four_eyes.py"]


def test_a_module_that_decided_it_by_itself_would_be_seen() -> None:
    assert raises_itself('raise OperatorFault("second_person_needed", "…")')
