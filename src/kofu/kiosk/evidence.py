"""Looks at a kiosk: its folder, the table of its screens, its warnings, its maintenance page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import msgspec

from kofu.contracts.unreadable import UNREADABLE
from kofu.evidence.domain.standing import EvidenceFinding, broken, holds, not_seen
from kofu.evidence.ground import EvidenceGround
from kofu.kiosk.domain import screens
from kofu.kiosk.domain.screens import Screen, ScreenEvent
from kofu.kiosk.machine import MachineNote
from kofu.kiosk.speech import FOLDER, bundled
from kofu.kiosk.underway import Underway
from kofu.kiosk.wording import load_wordings
from kofu.platform.settings import port_of

#: What may lie in a kiosk's folder, and its form; `chips` are the demonstration's cards, which people bring.
KINDS: dict[str, type[MachineNote | Underway]] = {"machine.json": MachineNote, "underway": Underway}
CARDS = "chips"
#: What must be reached by the card's being taken, and by nothing else.
BEHIND_THE_CARD = (Screen.KIND, Screen.YEAR, Screen.PLATE, Screen.COPIES, Screen.CONFIRM, Screen.PAY, Screen.PRINTING)
#: They wait for the printer, or for somebody who takes paper or card; their warning stays.
WAIT_FOR_SOMEBODY = frozenset({Screen.WELCOME, Screen.PRINTING, Screen.LEFT_CARD, Screen.LEFT_PAPER})
WARNINGS = ("left_card.title", "left_card.lead", "left_paper.title", "left_paper.lead")
#: Spoken beside the texts on the screen.
CLIPS = ("left_paper",)
SECONDS_MAX = 5.0
ASKS_PASSWORD, SHOWS_STATE = 'name="password"', 'name="act"'


def nothing_on_disk(ground: EvidenceGround) -> EvidenceFinding:
    """In the folder of a kiosk lie the machine's state and the numbers of jobs under way, and nothing else."""
    folder = ground.var / "kiosk"
    if not folder.is_dir():
        if _asked("/healthz") is None:
            return not_seen("この機器にキオスク端末がありません。")
        return holds("動いているキオスク端末は、まだ一つのファイルも書いていません。")
    files = [path for path in folder.rglob("*") if path.is_file() and CARDS not in path.relative_to(folder).parts]
    strange = [path for path in files if not _is_known(path)]
    if strange:
        return broken(f"キオスク端末のフォルダーに、知らないファイルが {len(strange)} あります。")
    return holds(f"ファイル {len(files)} は、機械の状態と印刷中の番号だけです。証明書と利用者のデータはありません。")


def _is_known(path: Path) -> bool:
    kind = KINDS.get(path.name) or KINDS.get(path.parent.name)
    try:
        return kind is not None and msgspec.json.decode(path.read_bytes(), type=kind) is not None
    except UNREADABLE:
        return False


def ends_erased(_: EvidenceGround) -> EvidenceFinding:
    """Every visit ends on the screen that erases, and what waits for nobody has a limit of time."""
    life, seconds = screens.VISIT_LIFE, screens.SECONDS
    past = [before for (before, _event), after in life.table.items() if after is Screen.WELCOME]
    endless = [one for one in Screen if not seconds[one] and one not in WAIT_FOR_SOMEBODY]
    stuck = [
        one
        for one in Screen
        if seconds[one] and (one, ScreenEvent.TIMEOUT) not in life.table and one is not Screen.WELCOME
    ]
    if set(past) != {Screen.ERASED} or endless or stuck:
        return broken("消去の画面を通らない終わり方か、時間の限りのない画面があります。")
    limited = sum(1 for one in Screen if seconds[one])
    return holds(
        f"終わりはどれも消去の画面です。時間の限りのある画面は {limited}、長くて {max(seconds.values())} 秒です。"
    )


def _reached_without(event: ScreenEvent) -> set[Screen]:
    """Give every screen a visit reaches though `event` never happens."""

    def ways(screen: Screen) -> Iterator[Screen]:
        table = screens.VISIT_LIFE.table
        return (after for (before, what), after in table.items() if before is screen and what is not event)

    reached, waiting = set(screens.VISIT_LIFE.begins), list(screens.VISIT_LIFE.begins)
    while waiting:
        new = [one for one in ways(waiting.pop()) if one not in reached]
        reached.update(new)
        waiting += new
    return reached


def card_first(_: EvidenceGround) -> EvidenceFinding:
    """Without the card's being taken no screen of certificates is ever reached."""
    reached = _reached_without(ScreenEvent.CARD_TAKEN) & set(BEHIND_THE_CARD)
    if reached:
        return broken(f"カードを取らずに行ける画面が {len(reached)} あります。")
    return holds(
        f"カードを取らなければ、証明書を選ぶ・払う・印刷する画面 {len(BEHIND_THE_CARD)} のどれにも行けません。"
    )


def warnings(_: EvidenceGround) -> EvidenceFinding:
    """Every language has the texts of both warnings, and their sounds as files."""
    wordings = load_wordings()
    silent = [text for code, wording in wordings.items() for text in _without_words(wording.texts, code)]
    silent += [clip for code in wordings for clip in (*CLIPS, *WARNINGS) if not _sounds(code, clip)]
    if silent:
        return broken(f"取り忘れの文か音声が {len(silent)} 欠けています。")
    return holds(f"取り忘れを知らせる文 {len(WARNINGS)} と音声が、{len(wordings)} 言語のすべてにあります。")


def _without_words(texts: Mapping[str, Any], code: str) -> Iterator[str]:
    for key in WARNINGS:
        part, _, name = key.partition(".")
        if not str(texts.get(part, {}).get(name, "")).strip():
            yield f"{code}:{key}"


def _sounds(code: str, clip: str) -> bool:
    return clip in bundled().get(code, frozenset()) and (FOLDER / code / f"{clip}.opus").is_file()


def maintenance_password(_: EvidenceGround) -> EvidenceFinding:
    """Ask the running kiosk for its maintenance without the password. No guess is made: guesses are counted."""
    answer = _asked("/maintenance")
    if answer is None:
        return not_seen("キオスク端末は稼働していません。")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return holds("保守の画面は開かれていません（パスワードが設定されていません）。")
    if SHOWS_STATE in answer.text or ASKS_PASSWORD not in answer.text:
        return broken("保守の画面が、パスワードなしで中を見せます。")
    return holds("保守の画面は、パスワードを尋ねるだけで、何も見せません。")


def _asked(path: str) -> httpx.Response | None:
    """Ask the kiosk of this machine, as its own browser does; None where none answers."""
    address = os.environ.get("KOFU_KIOSK_URL", f"http://127.0.0.1:{port_of('kiosk')}")
    try:
        return httpx.get(f"{address}{path}", timeout=SECONDS_MAX)
    except httpx.TransportError:
        return None
