"""The start page of `kofu up`: where everything is, the cards for the kiosk's reader, the staff's demo accounts."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from kofu.cli.kiosk import maintenance_password_file
from kofu.platform.profiles import load_profile
from kofu.platform.settings import STAFF_SCREENS, port_of, profile_path, staff_hosts, staff_url, url_of
from kofu.staff.demo import read_demo_accounts
from kofu.staff.one_time import one_time_code
from kofu.ward.make import DemoCard

CARDS_SHOWN = 60
WORDS_MAX = 60
DEVICES = {"card": "個人番号カード", "android": "Android端末", "iphone": "iPhone端末"}

PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>kofu（交付）</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/svg+xml" href="data:image/svg+xml,{icon}">
<style>
:root {{ color-scheme: light; --ink: #1a1a1c; --quiet: #626264; --line: #d8d8db; --blue: #0017c1; --ground: #f8f8fb; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--ground); color: var(--ink);
       font: 16px/1.7 "Noto Sans JP", "Hiragino Sans", "Yu Gothic", sans-serif; }}
main {{ max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }}
h1 {{ font-size: 2rem; margin: 0; }} h2 {{ font-size: 1.25rem; margin: 2.75rem 0 .75rem; }}
h3 {{ font-size: 1rem; margin: 1.25rem 0 .5rem; }} td.pin {{ white-space: nowrap; }}
table code {{ white-space: nowrap; }}
p.lead {{ color: var(--quiet); margin: .25rem 0 1.5rem; }}
a.go, button {{ display: inline-block; background: var(--blue); color: #fff; text-decoration: none; border: 0;
       border-radius: 8px; padding: .7rem 1.5rem; font: inherit; font-weight: 700; }}
a:focus-visible, button:focus-visible, input:focus-visible {{ outline: 4px solid #ffd43d; outline-offset: 2px; }}
.wide {{ overflow-x: auto; }}
@media (max-width: 40rem) {{ .wide th, .wide td {{ white-space: nowrap; }} }}
table {{ width: 100%; border-collapse: collapse; background: #fff; border: 1px solid var(--line); }}
th, td {{ text-align: left; padding: .5rem .9rem; border-bottom: 1px solid var(--line); vertical-align: top; }}
th {{ font-weight: 600; background: #f1f1f4; }} td.pin {{ font-variant-numeric: tabular-nums; font-weight: 700; }}
.note {{ background: #fff; border-left: 4px solid var(--blue); padding: .75rem 1rem; }}
ol.things {{ list-style: none; counter-reset: thing; margin: 0; padding: 0; display: grid; gap: .75rem;
       grid-template-columns: repeat(auto-fill, minmax(min(100%, 29rem), 1fr)); }}
ol.things li {{ counter-increment: thing; background: #fff; border: 1px solid var(--line); border-radius: 8px;
       padding: .9rem 1rem .9rem 3.4rem; position: relative; }}
ol.things li::before {{ content: counter(thing); position: absolute; left: 1rem; top: .85rem; width: 1.7rem;
       height: 1.7rem; border-radius: 50%; background: var(--blue); color: #fff; font-weight: 700; text-align: center;
       line-height: 1.7rem; }}
ol.things .role {{ color: var(--quiet); font-size: .875rem; }}
ol.things b {{ display: block; }} ol.things p {{ margin: .15rem 0 0; }}
form {{ display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 .75rem; }}
label {{ display: block; font-weight: 600; }}
input {{ font: inherit; padding: .55rem .7rem; border: 1px solid #8c8c8f; border-radius: 8px;
       min-width: min(100%, 20rem); background: #fff; color: var(--ink); }}
</style></head><body><main>
<h1>kofu（交付）</h1>
<p class="lead">{ward} ・ 証明書コンビニ交付の参照実装<br>
登場する人物はすべて架空で、証明書には「見本」と印字されます。</p>
<p><a class="go" href="{kiosk}">キオスク端末を開く</a></p>
<h2>10分で10のこと</h2>
<ol class="things">{things}</ol>
<h2 id="staff">職員の画面</h2>
<p>ログインIDとパスワードのあと、ワンタイムコードを入力します。コードは30秒ごとに変わります（このページを開き直すと今のコードになります）。</p>
{staff}
<h2 id="cards">見本のカード</h2>
<p>キオスク端末の画面でカードを選び、暗証番号を入力してください。
端末保守員の画面は <a href="{kiosk}maintenance">保守モード</a>（パスワード <code>{maintenance}</code>）です。</p>
<form method="get" action="/#cards" role="search"><div><label for="q">カードを探す</label>
<input id="q" name="q" value="{words}" placeholder="例　支援措置　軽自動車　旧字" maxlength="60"></div>
<button>探す</button></form>
<p role="status">{found}</p>
<div class="wide"><table>
<thead><tr><th scope="col">カード</th><th scope="col">媒体</th><th scope="col">暗証番号</th></tr></thead>
<tbody>{cards}</tbody></table></div>
<h2>動いているシステム</h2>
<div class="wide"><table>
<thead><tr><th scope="col">システム</th><th scope="col">番地</th></tr></thead><tbody>{systems}</tbody></table></div>
<p class="note">キオスク端末、確認ページと職員の画面以外は、相互に証明書を確認する TLS でだけ応答します。<br>
記録は <code>{log}</code>、試しに取り込めるファイルは <code>{samples}</code> にあります。</p>
</main></body></html>"""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0017c1"/>'
    '<path d="M9 6h10l5 5v15H9z" fill="#fff"/></svg>'
)

SYSTEMS = (
    ("キオスク端末", "kiosk"),
    ("証明書交付センター", "center"),
    ("証明書の裏面の確認ページ", "verification"),
    ("証明書自動交付システム", "issuing"),
    ("既存住民基本台帳システム・公的個人認証（参照実装）", "registry"),
)
SCREENS = {"ledger": "税務情報トータルシステム（収納管理）", "console": "証明書自動交付 運用コンソール"}
#: Systems whose people work by commands (`kofu login SYSTEM`).
COMMANDS = {"registry": "既存住民基本台帳システム", "center": "証明書交付センター"}


class Thing(NamedTuple):
    """One of the ten things to try: whose it is, what to do, what to look for. `{…}` are links and folders."""

    role: str
    title: str
    text: str


LEDGER, CONSOLE = '<a href="{ledger}/">収納管理</a>', '<a href="{console}/">運用コンソール</a>'
THINGS = (
    Thing(
        "住民",
        "課税証明書を取る",
        '<a href="{kiosk}">キオスク端末</a>で「給与のみ・完納」のカードを選びます。カードを外すまで先へ進めず、'
        "入金のあとに印刷され、画面の証明書は受け取ると消えます。",
    ),
    Thing(
        "住民",
        "交付できないカードを試す",
        '<a href="/?q=支援措置#cards">支援措置</a>のカードでは理由を漏らさない言葉で、'
        '<a href="/?q=期限切れ#cards">期限切れ</a>のカードでは窓口での手続きが案内されます。',
    ),
    Thing(
        "収納係員",
        "一人の納税者を見る",
        f"{LEDGER}に <code>shunou1</code> で入り、「滞納」の「差押・猶予・停止」から氏名を選びます。"
        "延滞金は率と日数の行ごとに計算が示され、猶予の間の免除も見えます。",
    ),
    Thing(
        "収納係員",
        "コンビニの確報を取り込む",
        f"{LEDGER}の「収納ファイル」で <code>{{samples}}</code> の 1 を取り込み、登録します。"
        "二重に納付された1件が「処理していない過誤納」に現れます。",
    ),
    Thing(
        "収納係員",
        "不備のある行を片付ける",
        f"{LEDGER}の「留保した収納ファイル」では、どの行のどこが誤りで、だれに聞くかが示されます。"
        "受け付けた人は自分で解除できません。",
    ),
    Thing(
        "決裁者",
        "還付と督促を決裁する",
        f"{LEDGER}に <code>kessai1</code> で入り、「決裁待ちの充当・還付」と「決裁待ちの督促」を開きます。"
        "起案した本人には決裁の操作がありません。",
    ),
    Thing(
        "証明係",
        "結果の分からない印刷を調べる",
        f"{CONSOLE}に <code>shomei1</code>、次に <code>shomei2</code> で入り、調査票に署名します。"
        "二人目の署名で完結し、一人では閉じられません。",
    ),
    Thing(
        "証明係長",
        "発行を止め、二人で解除する",
        f"{CONSOLE}の「緊急停止」で発行を止めると、キオスク端末の最初の画面がそれを伝えます。解除には二人が要ります。",
    ),
    Thing(
        "監査担当",
        "だれが何を見たかを確かめる",
        f"{LEDGER}に <code>kansa1</code> で入り、操作の記録を開きます。ここまでの閲覧がすべて残り、"
        "「検証」は鎖のどこかが変えられていないかを調べます。",
    ),
    Thing(
        "運用者・開発者",
        "同じことを端末から行う",
        "<code>source var/operator.sh</code> のあと <code>.venv/bin/kofu login issuing</code> で"
        "画面と同じ職員として入ります。記録の検証は <code>kofu audit verify issuing</code>、"
        "接続の約束は <code>docs/contracts</code> にあります。",
    ),
)


def things_to_try(links: Mapping[str, str]) -> str:
    """Draw the ten things with the links and folders of this arrangement."""
    return "".join(
        f'<li><span class="role">{thing.role}</span><b>{thing.title}</b><p>{thing.text.format(**links)}</p></li>'
        for thing in THINGS
    )


def found_cards(cards: Sequence[DemoCard], words: str) -> list[DemoCard]:
    """Give the cards whose label has all of the words, or all cards."""
    return [card for card in cards if all(word in card.label for word in words.split())]


def staff_tables(var: Path, now: float) -> str:
    """Draw the staff accounts of each system with the one-time code that is right at `now` (seconds since 1970)."""
    parts = []
    for screens, name in (SCREENS | COMMANDS).items():
        system = STAFF_SCREENS.get(screens, screens)
        rows = "".join(
            f"<tr><td>{escape(account.role)}</td><td>{escape(account.office)}</td>"
            f"<td><code>{escape(account.login)}</code></td><td><code>{escape(account.password)}</code></td>"
            f'<td class="pin">{one_time_code(account.secret, now)}</td></tr>'
            for account in read_demo_accounts(var, system)
        )
        heading = (
            f'<a href="{escape(staff_url(screens))}/">{name}</a>'
            if screens in SCREENS
            else f"{name}（コマンド <code>kofu login {system}</code>）"
        )
        parts.append(
            f"<h3>{heading}</h3>"
            '<div class="wide"><table><thead><tr><th scope="col">役割</th><th scope="col">所属</th>'
            '<th scope="col">ログインID</th>'
            '<th scope="col">パスワード</th><th scope="col">ワンタイムコード</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
    return "".join(parts)


def create_app() -> Starlette:
    """Build the page from the environment `kofu up` gives.

    It shows passwords of the demonstration: a page from elsewhere whose name was made to lead here is not answered.
    """
    cards_file = Path(os.environ["KOFU_CARDS"])
    var = cards_file.parent.parent
    kiosk = f"http://127.0.0.1:{port_of('kiosk')}/"
    plain = {"kiosk": kiosk, "verification": f"http://127.0.0.1:{port_of('verification')}/"}

    def page(request: Request) -> HTMLResponse:
        words = request.query_params.get("q", "")[:WORDS_MAX]
        everything = msgspec.json.decode(cards_file.read_bytes(), type=list[DemoCard])
        cards = found_cards(everything, words)
        rows = "".join(
            f"<tr><td>{escape(card.label)}</td><td>{DEVICES[card.device]}</td>"
            f'<td class="pin">{"不要" if card.device == "iphone" else escape(card.pin)}</td></tr>'
            for card in cards[:CARDS_SHOWN]
        )
        shown = f"{min(len(cards), CARDS_SHOWN)}枚を表示" + (
            "（言葉で絞り込めます）" if len(cards) > CARDS_SHOWN else ""
        )
        systems = "".join(
            f"<tr><td>{name}</td><td><code>{plain.get(system) or escape(url_of(system))}</code></td></tr>"
            for name, system in SYSTEMS
        )
        return HTMLResponse(
            PAGE.format(
                ward=escape(load_profile(profile_path()).name),
                kiosk=kiosk,
                maintenance=escape(maintenance_password_file(var).read_text(encoding="ascii")),
                icon=quote(ICON),
                cards=rows,
                staff=staff_tables(var, time.time()),
                systems=systems,
                log=escape(str(var / "log")),
                samples=escape(str(var / "samples")),
                words=escape(words, quote=True),
                found=f"{len(everything)}枚のうち{len(cards)}枚。{shown}",
                things=things_to_try(
                    {
                        "kiosk": kiosk,
                        "ledger": staff_url("ledger"),
                        "console": staff_url("console"),
                        "samples": escape(str(var / "samples")),
                    }
                ),
            ),
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": (
                    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'"
                ),
            },
        )

    async def healthz(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[Route("/", page), Route("/healthz", healthz)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=staff_hosts(), www_redirect=False)],
    )
