"""The start page of `kofu up`: where everything is, the cards for the kiosk's reader, the staff's demo accounts."""

from __future__ import annotations

import os
import time
from html import escape
from pathlib import Path
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from kofu.cli.kiosk import maintenance_password_file
from kofu.platform.profiles import load_profile
from kofu.platform.settings import STAFF_SCREENS, port_of, profile_path, staff_url, url_of
from kofu.staff.demo import read_demo_accounts
from kofu.staff.one_time import one_time_code
from kofu.ward.make import DemoCard

CARDS_SHOWN = 60
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
main {{ max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }}
h1 {{ font-size: 2rem; margin: 0; }} h2 {{ font-size: 1.25rem; margin: 2.5rem 0 .75rem; }}
h3 {{ font-size: 1rem; margin: 1.25rem 0 .5rem; }} td.pin {{ white-space: nowrap; }}
table code {{ white-space: nowrap; }}
p.lead {{ color: var(--quiet); margin: .25rem 0 2rem; }}
a.go {{ display: inline-block; background: var(--blue); color: #fff; text-decoration: none; border-radius: 8px;
       padding: .9rem 1.8rem; font-weight: 700; }}
a.go:focus-visible, a:focus-visible {{ outline: 4px solid #ffd43d; outline-offset: 2px; }}
table {{ width: 100%; border-collapse: collapse; background: #fff; border: 1px solid var(--line); }}
th, td {{ text-align: left; padding: .5rem .9rem; border-bottom: 1px solid var(--line); vertical-align: top; }}
th {{ font-weight: 600; background: #f1f1f4; }} td.pin {{ font-variant-numeric: tabular-nums; font-weight: 700; }}
.note {{ background: #fff; border-left: 4px solid var(--blue); padding: .75rem 1rem; }}
</style></head><body><main>
<h1>kofu（交付）</h1>
<p class="lead">{ward} ・ 証明書コンビニ交付の参照実装<br>
登場する人物はすべて架空で、証明書には「見本」と印字されます。</p>
<p><a class="go" href="{kiosk}">キオスク端末を開く</a></p>
<h2>職員の画面</h2>
<p>ログインIDとパスワードのあと、ワンタイムコードを入力します。コードは30秒ごとに変わります（このページを開き直すと今のコードになります）。</p>
{staff}
<h2>見本のカード</h2>
<p>キオスク端末の画面でカードを選び、暗証番号を入力してください。
端末保守員の画面は <a href="{kiosk}maintenance">保守モード</a>（パスワード <code>{maintenance}</code>）です。</p>
<table><thead><tr><th scope="col">カード</th><th scope="col">媒体</th><th scope="col">暗証番号</th></tr></thead>
<tbody>{cards}</tbody></table>
<h2>動いているシステム</h2>
<table><thead><tr><th scope="col">システム</th><th scope="col">番地</th></tr></thead><tbody>{systems}</tbody></table>
<p class="note">キオスク端末、確認ページと職員の画面以外は、相互に証明書を確認する TLS でだけ応答します。<br>
記録は <code>{log}</code> にあります。</p>
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


def staff_tables(var: Path, now: float) -> str:
    """Draw the staff accounts of each system with the one-time code that is right at `now` (seconds since 1970)."""
    parts = []
    for screens, name in SCREENS.items():
        accounts = read_demo_accounts(var, STAFF_SCREENS[screens])
        rows = "".join(
            f"<tr><td>{escape(account.role)}</td><td>{escape(account.office)}</td>"
            f"<td><code>{escape(account.login)}</code></td><td><code>{escape(account.password)}</code></td>"
            f'<td class="pin">{one_time_code(account.secret, now)}</td></tr>'
            for account in accounts
        )
        parts.append(
            f'<h3><a href="{escape(staff_url(screens))}/">{name}</a></h3>'
            '<table><thead><tr><th scope="col">役割</th><th scope="col">所属</th><th scope="col">ログインID</th>'
            '<th scope="col">パスワード</th><th scope="col">ワンタイムコード</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )
    return "".join(parts)


def create_app() -> Starlette:
    """Build the page from the environment `kofu up` gives."""
    cards_file = Path(os.environ["KOFU_CARDS"])
    var = cards_file.parent.parent
    kiosk = f"http://127.0.0.1:{port_of('kiosk')}/"
    plain = {"kiosk": kiosk, "verification": f"http://127.0.0.1:{port_of('verification')}/"}

    def page(_: Request) -> HTMLResponse:
        cards = msgspec.json.decode(cards_file.read_bytes(), type=list[DemoCard])[:CARDS_SHOWN]
        rows = "".join(
            f"<tr><td>{escape(card.label)}</td><td>{DEVICES[card.device]}</td>"
            f'<td class="pin">{"不要" if card.device == "iphone" else escape(card.pin)}</td></tr>'
            for card in cards
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
            ),
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
            },
        )

    async def healthz(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/", page), Route("/healthz", healthz)])
