"""Words for faults that every system's screens word alike, by their stable code."""

from __future__ import annotations

from kofu.core.four_eyes import REASON_LENGTH_MAX

#: What an account proposed lapses at its reset, its end or another role (`core.four_eyes`): the words say the way out.
LAPSED = (
    "起案・登録・申請した人のアカウントが、その後に初期化・利用終了・役割変更されたため、失効しています。"
    "差戻し・却下・取下げをして、改めて起案してください。"
)
#: A reason is kept whole or not at all (`core.four_eyes`).
REASON_LONG = f"理由は{REASON_LENGTH_MAX}字以内で記入してください。長い説明は書類に残し、その番号を書きます。"
