"""Words of the registration of drawn glyphs, as staff read them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kofu.core.errors import KofuError
from kofu.ledger.glyphs.domain.states import GlyphEvent, GlyphState
from kofu.press.glyphs import CannotDraw
from kofu.staff.fault_words import LAPSED

STATES = {
    GlyphState.PROPOSED: ("決裁待ち", "warn"),
    GlyphState.DECLINED: ("却下", "idle"),
    GlyphState.IN_FORCE: ("使用中", "good"),
    GlyphState.ENDING: ("使用中（廃止の決裁待ち）", "warn"),
    GlyphState.WITHDRAWN: ("廃止", "idle"),
}
EVENTS = {
    GlyphEvent.APPROVE: "登録の決裁",
    GlyphEvent.DECLINE: "却下",
    GlyphEvent.PROPOSE_END: "廃止の起案",
    GlyphEvent.WITHDRAW: "廃止の決裁",
    GlyphEvent.KEEP: "廃止せず",
}
DONE = {
    GlyphEvent.APPROVE: "決裁しました。窓口の証明書と通知書は、いまからこの字形で印字します。"
    "キオスク端末は、翌朝の連携の後から印字できます。",
    GlyphEvent.DECLINE: "却下しました。",
    GlyphEvent.PROPOSE_END: "廃止を起案しました。別の決裁者の決裁を待ちます。",
    GlyphEvent.WITHDRAW: "廃止しました。この文字は、登録し直すまで印字できません。",
    GlyphEvent.KEEP: "廃止しないことにしました。",
}
FAULTS = {
    "bad_code_points": "文字は符号位置で入力してください（例：U+8FBB U+E0100）。",
    "not_registrable": "登録できるのは、文字、異体字セレクタ一つを付けた文字、私用領域の文字です。",
    "drawn_already": "主書体で正しく印字できる文字です。登録はいりません。",
    "evidence_needed": "字形の根拠と、根拠資料の文書番号を入力してください。",
    "bad_digest": "SHA-256 は16進数64桁で入力してください。",
    "persons_needed": "この文字を使う方の宛名番号を、1件以上50件以内で入力してください。",
    "person_unknown": "台帳にない宛名番号があります。",
    "not_in_their_name": "氏名にも住所にもこの文字がない方の宛名番号があります。",
    "registered_already": "この文字は、登録されているか、決裁を待っています。",
    "glyph_state": "いまはその処理ができません。登録の状態を確かめてください。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "reason_needed": "理由を入力してください。",
}


def fault_words(error: KofuError) -> str:
    """Say why something was not done; of a drawing, what is not as it must be."""
    if error.code == "bad_outline":
        return f"字形の SVG を受け付けられません。一つの黒い輪郭だけの図にしてください（{error.message}）。"
    return FAULTS.get(error.code, f"処理できませんでした（{error.code}）。")


def way_to_register(code_points: str) -> str:
    """Give the address where a character is registered, by its code points alone: an address bears no name."""
    return f"{reverse('glyphs:new')}?{urlencode({'character': code_points})}"


def undrawable_words(error: CannotDraw, what: str) -> SafeString:
    """Say which characters keep a paper from being made, with the way to register each."""
    named = format_html_join(
        "、",
        '{}字目 <a href="{}">{}</a>',
        ((one.position, way_to_register(one.character), one.character) for one in error.undrawable),
    )
    return format_html(
        "書体で正しく書けない文字があるため、{}できません（{}）。字形を登録すると、そのまま印字できます。", what, named
    )
