"""The words of the record of operations: what was done, how it ended, and what was noted of it, as people read it.

Actions of the permission table bear their label there. A test finds every word the program records and asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

RESULTS = {
    "open": "開始", "by_hand": "職員による停止", "confirmed_after_cancellation": "取消の後の確報",
    "nothing_paid": "収納なし", "pension_stop": "年金特別徴収の中止", "shown": "表示", "done": "実行",
    "refused": "拒否", "not_found": "該当なし", "invalid": "入力の誤り", "failed": "異常", "conflict": "競合",
    "purpose_asked": "目的を確認", "purpose_given": "目的を記入", "accepted": "成功",
    "wrong_password": "パスワードの誤り", "wrong_code": "コードの誤り", "locked": "停止", "created": "作成",
    "changed": "変更", "reset": "初期化", "added": "追加", "signed": "署名", "closed": "完結", "lifted": "解除",
    "stopped": "停止", "made": "作成", "attested": "一致", "registered": "登録", "activated": "切替",
    "no_misuse": "不正なし", "to_examine": "要調査", "told": "回答", "opened": "開始", "ended": "終了",
    "in_force": "有効", "printed": "印刷", "held": "保留", "released": "解除", "rejected": "却下",
    "exported": "ファイルへの出力", "proposed": "起案", "withdrawn": "取下げ", "approved": "決裁", "declined": "却下",
    "acknowledged": "承認", "asked": "依頼", "cleared": "処理済", "confirmed": "確認", "counted": "集計",
    "contract": "契約の登録", "contract_ended": "契約の終了", "worker": "作業者の登録",
    "worker_ended": "作業者の終了", "demonstration_ended": "見本の終了", "entered": "入力", "erased": "消去",
    "erasure_proved": "消去証明の登録", "given": "引渡し", "marked": "注意の登録", "unmarked": "注意の取消",
    "passed": "通過", "posted": "登録", "read": "読取", "received": "受付", "recorded": "記録", "reported": "報告",
    "stated": "確定", "taken": "取込", "voided": "取消", "unknown": "不明", "cancelled": "取消", "sent": "送信",
    "superseded": "後の指示が優先", "settled": "完了", "kept": "保持", "printing": "印刷中", "accounted": "計上",
    "differs": "不一致", "undelivered": "未達", "waiting": "待ち", "finished": "完了", "started": "開始",
    "assigned": "充当", "sent_back": "差戻し", "merged": "統合", "undone": "解消", "expired": "期限切れ",
    "discarded": "破棄", "already_active": "切替済", "not_activated": "未切替", "granted": "許可", "answered": "回答",
    "allowed": "許可", "first": "所有者が実行", "concerned": "対象の記録", "yes": "交付可",
    "signed_beside": "二人目の立会い", "clean": "一致", "mismatch": "不一致",
    # operators' sessions that open nothing
    "no_session": "ログインなし", "session_of_another_user": "別の利用者のログイン",
    "session_ended": "終了したログイン",
    "session_expired": "時間切れのログイン", "account_not_active": "利用期間外のアカウント",
    "password_is_initial": "初期パスワードのまま", "account_of_the_demonstration": "見本のアカウント",
    # life cycles and kinds of the ledger
    "drawn": "抽出", "checked": "検査済", "posting": "登録中", "applied": "受付", "aborted": "中止", "issued": "発行",
    "handed_over": "交付", "notified": "通知", "claimed": "請求受付", "paid": "支払", "returned": "振込不能",
    "lapsed": "時効", "revoked": "決定の取消", "none": "未着", "advised": "速報受信", "declared": "申告・届出",
    "replaced": "変更", "dismissed": "解任", "designated": "指定", "look_up": "照会による", "reverse": "充て直し",
    "in_error": "誤納とする", "undo": "取消", "anew": "作り直し", "keep": "現状のまま", "declaration": "届出",
    "change": "変更", "survey": "調査", "debit_request": "口座振替の依頼", "delivery": "パンチ委託",
    "refund_transfer": "還付の振込", "other": "その他", "approve": "決裁", "decline": "却下",
    "propose_end": "廃止の起案", "withdraw": "取下げ", "partial": "一部納付", "over": "過納", "duplicate": "二重納付",
    "extinguished": "消滅後の納付", "other_installment": "別の期別", "unknown_notice": "該当する通知書なし",
    "unknown_installment": "該当する期別なし", "unsettled_report": "未確定の速報", "rate_missing": "率が未登録",
    "before_write_off": "欠損前の納付", "confirmed_without_advice": "速報のない確報",
    "cancelled_without_advice": "速報のない取消", "cancelled_after_confirmation": "確報の後の取消",
    "take_out": "取出し", "move": "付替", "to_suspense": "仮受へ", "client": "委託者への報告",
    "prompt": "委員会への速報", "whole": "委員会への確報", "full": "全件",
    "difference": "差分", "grant": "許可", "refuse": "不許可", "report": "報告の確認", "confirm": "確認",
    "send_back": "差戻し", "lapse": "失効", "acknowledge": "本人の確認", "withheld": "不送付",
    # holds
    "issuance_stop": "発行停止", "correcting": "更正処理中", "protection": "支援措置", "moving_out": "転出予定",
    "death": "死亡", "serial_revoked": "カードの失効", "deleted": "職権消除",
    # why no paper left
    "kind_not_offered": "取扱いのない証明書", "issuance_halted": "緊急停止中",
    "too_many_copies": "部数の超過", "card_unknown": "不明なカード", "card_revoked": "失効したカード",
    "card_suspended": "一時停止中のカード", "card_expired": "期限切れのカード", "card_not_yet_valid": "期間前のカード",
    "resident_unknown": "住民に該当なし", "moved_out": "転出", "dead": "死亡",
    "under_age": "年齢", "age_unknown": "年齢不明",
    "row_held": "確認を要する行", "year_not_published": "公開前の年度", "year_beyond_law": "法定期間外の年度",
    "year_not_offered": "取扱いのない年度", "no_assessment": "課税の記録なし", "no_taxing_right": "課税権なし",
    "undeclared": "未申告", "dependent_undeclared": "扶養者の未申告", "nontaxable_year": "非課税の年度",
    "payment_record_missing": "納付の記録なし", "unpaid": "未納あり", "plate_missing": "標識番号なし",
    "vehicle_unknown": "該当する車両なし", "vehicle_not_inspected": "車検の対象外", "vehicle_arrears": "車両の未納あり",
    "tax_feed_stale": "税情報が古い", "resident_feed_stale": "住民情報が古い", "undrawable": "描けない文字",
    "too_late": "期限切れ", "deadline_refused": "期限の誤り", "facts_moved": "途中のデータ切替",
    "already_reported": "報告済", "halted_meanwhile": "途中の緊急停止", "not_certifiable": "証明できない内容",
    "text_overflow": "枠からのはみ出し",
    # what a case is about, and how a report stands
    "last_look_mismatch": "発行前照合の不一致", "recheck_mismatch": "再照合の不一致",
    "replay_mismatch": "再作成の不一致",
    "id_reused": "受付番号の再使用", "issue_fault": "発行中の異常", "print_unknown": "印刷結果が不明",
    "print_contradiction": "印刷結果の矛盾", "print_inconsistent": "印刷結果の不整合",
    "print_unrequested": "申請のない印刷結果",
    "hold_conflict": "抑止情報の矛盾", "hold_of_another": "別の送り手の抑止情報", "center_error": "センターからの照会",
    "repeated": "同じ報告", "contradiction": "矛盾", "unrequested": "申請なし",
}  # fmt: skip
OTHER_ACTIONS = {
    "login": "ログイン", "logout": "ログアウト", "login.second_factor": "ワンタイムコード",
    "own.password": "自分のパスワードの変更", "own.second_factor": "自分のワンタイムコードの登録",
    "account.confirm": "アカウントの変更の確認", "operator.login": "コマンドの利用開始",
    "operator.logout": "コマンドの利用終了", "certificate.release": "証明書の作成",
    "certificate.refuse": "証明書の不交付", "certificate.hold_back": "証明書の差止め",
    "certificate.not_again": "証明書の再送の拒否", "print.result": "印刷結果の受信",
    "process.attest": "起動時の構成確認", "deployment.register": "構成の登録",
    "database.went_back": "データベースの後戻りの検出", "recheck": "再照合", "hold": "抑止情報の受信",
    "hold.set": "発行停止の設定", "hold.lift": "発行停止の解除", "hold.settle": "更正処理中の完了",
    "hold.propose_discard": "届かない抑止の破棄の起案", "hold.discard": "届かない抑止の破棄",
    "feed_import": "連携データの取込", "feed.reject": "保留中の連携データの却下", "feed.erase": "連携ファイルの消去",
    "row.accept": "保留された行の確認", "glyph_set.take": "外字の取込", "erase_years": "古い年度の消去",
    "erase_on_disk": "ログのファイルからの消去", "erasure.propose": "古い年度の消去の起案",
    "erasure.sign": "古い年度の消去への署名", "erasure.withdraw": "古い年度の消去の取下げ",
    "audit.anchor": "固定点の作成", "audit.lanes_closed": "旧形式の鎖の終わり",
    "audit.archived": "記録の保管ファイルへの移動", "audit.restored": "記録の保管ファイルからの復元",
    "audit.expiry_proposed": "保存期間の過ぎた記録の削除（一人目）", "audit.expired": "保存期間の過ぎた記録の削除",
    "card.validity": "カードの有効性の回答", "card.specimen": "見本カードの証明書の発行",
    "person.standing_holds": "抑止の有無の回答", "person.look_up": "区外在住者の照会への回答",
    "people.protected": "支援措置の方の一覧の回答", "session.open": "キオスク端末の利用開始",
    "certificate.pass_on": "証明書の中継", "protection.keep": "支援措置の受信", "emergency.ask": "緊急閲覧の申請",
    "counter_certificate.apply": "窓口証明の申請", "counter_certificate.ask_approval": "窓口証明の決裁依頼",
    "counter_certificate.issue": "窓口証明の交付", "counter_certificate.print": "窓口証明の印刷",
    "counter_case.open": "窓口の調査票の起票", "counter_case.sign": "窓口の調査票の署名", "day.close": "会計日の締め",
    "day.state": "会計日の確定", "delivery.make": "委託の送付の作成", "delivery.return": "委託の戻りの登録",
    "delivery.give_up": "委託の送付の打切り", "forwarding.register": "送付先変更の登録",
    "forwarding.confirm": "送付先変更の確認", "forwarding.end": "送付先変更の終了", "heirs.register": "相続人の登録",
    "heirs.propose": "相続人代表者の起案", "heirs.designate": "相続人代表者の指定",
    "heirs.withdraw": "相続人代表者の取下げ", "heirs.end": "相続人代表者の終了",
    "tax_agent.approve": "納税管理人の承認", "tax_agent.confirm": "納税管理人の認定",
    "tax_agent.dismiss": "納税管理人の終了", "tax_agent.reject": "納税管理人の不承認",
    "tax_agent.apply": "納税管理人の申請", "tax_agent.declare": "納税管理人の申告", "glyph.propose": "外字の起案",
    "glyph.decide": "外字の決裁", "letters.print": "通知の一括印刷", "opening.propose": "閲覧の許可の起案",
    "opening.approve": "閲覧の許可の決裁", "opening.read": "許可による閲覧", "opening.close": "閲覧の許可の終了",
    "outgoing.register": "送ったファイルの登録", "outgoing.answer": "送ったファイルの回答",
    "outgoing.again": "送ったファイルの再取得", "outgoing.erase": "送ったファイルの内容の消去",
    "received.erase": "受け取ったファイルの内容の消去", "payments.open": "窓口の束の開始",
    "payments.enter": "窓口収納の入力", "payments.void_entry": "窓口収納の取消",
    "payments.close_batch": "窓口の束の締め", "payments.receive": "収納ファイルの受付",
    "payments.check": "収納ファイルの検査", "payments.accept": "収納ファイルの例外の決定",
    "payments.reject": "収納ファイルの返戻", "payments.post": "収納の登録",
    "payments.post_batch": "収納ファイルの登録", "payments.clear": "除いた行の処理",
    "payments.clear_finding": "速報の異例の処理", "payments.correct": "収納の訂正",
    "payments.propose_correction": "収納の訂正の起案", "payments.propose_move": "付替の起案",
    "suspense.assign": "仮受金の充当", "suspense.send_back": "仮受金の返還",
    "receipt_case.propose": "領収日順の事案の起案", "receipt_case.approve": "領収日順の事案の決裁",
    "receipt_case.decline": "領収日順の事案の差戻し", "rates.propose": "率の起案", "rates.decide": "率の決裁",
    "rates.take_over": "率の移行", "refund_file.clear": "還付のファイルの処理", "slip.print": "納付書の発行",
    "slip.print_together": "納付書の一括発行", "entry.export": "パンチ委託の送付", "entry.import": "パンチ委託の戻り",
    "addressee.register": "住登外の登録", "assessment.receive": "賦課情報の受付", "assessment.post": "賦課情報の登録",
    "assessment.reject": "賦課情報の返戻", "debit.request": "口座振替の依頼", "dunning.draw": "督促の抽出",
    "dunning.approve": "督促の決裁", "dunning.sent": "督促の発送", "dunning.withdraw": "督促の取下げ",
    "refund.propose": "充当・還付の起案", "refund.approve": "充当・還付の決裁", "refund.claim": "還付請求の登録",
    "refund.pay": "還付の振込", "refund.return": "還付の振込不能", "refund.notify": "充当・還付の通知",
    "report.count": "収納率の集計", "person.view": "個人の収納状況を見る", "feed.state": "日次連携の作成",
    "feed.announce": "日次連携の送信",
}  # fmt: skip
#: Steps and happenings that stand behind a family's word; the others are worded as results are.
STEPS = {
    "propose": "起案", "receive": "受付", "post": "登録", "reject": "返戻", "end": "終わり", "take_back": "取消",
    "dunned": "督促", "demanded": "催告", "seized": "差押", "participated": "交付要求・参加差押", "grace": "猶予",
    "suspended": "執行停止", "given_up": "即時消滅", "acknowledged": "承認", "not_acknowledged": "承認の取消",
    "taken_back": "記録の取消", "extended": "延長", "objected": "不服申立て", "move_batch": "束の移動",
    "comes_later": "後日に来るファイル", "came": "来たファイル", "claim": "還付請求の受付", "notify": "通知書の送付",
    "propose_again": "再起案", "correct_account": "振込先の訂正", "transfer": "振込", "transfer_failed": "振込不能",
    "close": "完結", "revoke": "還付決定の取消", "ask_approval": "決裁へ回付", "deny": "決裁せず", "abort": "中止",
    "issue": "発行", "print": "印刷", "hand_over": "交付", "void": "無効", "apply": "受付", "write_off": "不納欠損",
    "waive_interest": "延滞金の減免", "event": "出来事の記録", "end_event": "出来事の終わり",
    "reallocate": "充て直し", "undo_write_off": "不納欠損の取消", "take-out": "一覧からの除外", "send": "発送",
}  # fmt: skip
#: Of actions whose last part is a word of the case: what they are about.
FAMILIES = {
    "day": "会計日の決定", "refund": "充当・還付", "arrears": "滞納整理の記録", "write_off": "不納欠損",
    "undo_write_off": "不納欠損の取消", "event": "出来事の記録", "end_event": "出来事の終わり",
    "take_back": "記録の取消", "waive_interest": "延滞金の減免", "reallocate": "充て直し", "assessments": "賦課情報",
    "statements": "賦課情報", "assessment": "賦課情報", "statement": "賦課情報", "payments": "収納",
    "counter_certificate": "窓口証明", "dunning": "督促", "tax_agent": "納税管理人",
}  # fmt: skip
#: Of an action that has no word.
OTHER = "操作"
#: What an entry notes → what it is called. Words that say nothing to a reader have none and are not shown.
DETAILS = {
    "rows": "件数", "count": "件数", "lines": "行数", "people": "人数", "persons": "人数", "cases": "件数（処理中）",
    "waiting": "待ち", "missing": "代表者なし", "letters": "通数", "pages": "頁数", "batches": "束数",
    "entries": "記録の件数", "found": "見つかった件数", "findings": "指摘", "flaws": "不整合", "looks": "閲覧",
    "failures": "失敗", "total": "合計", "bad_rows": "不備の行", "left_out_rows": "除いた行",
    "posted": "登録した件数", "payments": "収納の件数", "advised": "速報", "known": "既知", "increased": "増額",
    "reduced": "減額", "opened": "新規", "heirs": "相続人の数", "copies": "部数", "yen": "円", "fee": "手数料（円）",
    "documents": "書類の数", "numbers": "発行番号", "paper": "書類", "form": "様式", "case": "調査票・事案",
    "request": "申請", "evidence": "判明したこと（番号）", "occurrence": "回数", "stop": "停止", "hold": "抑止",
    "kind": "種類", "revision": "版", "standing_revision": "有効な版", "standing": "有効", "released": "解除",
    "feed": "連携", "feed_generation": "連携の世代", "data_generation": "データの世代", "generation": "世代",
    "judged_feed": "保留した連携", "versions_added": "加わった版", "versions_closed": "閉じた版",
    "retired_before_year": "この年度より前", "order": "消去の指示", "assessments": "課税の記録",
    "collections": "納付の記録", "kept_unpaid": "残した未納", "wal_segments": "ログのファイル", "archived": "保管",
    "row_finding": "保留された行", "rule": "規則", "version": "版", "point": "固定点",
    "numbers_from": "発行番号（から）", "numbers_seen": "発行番号（数）", "from": "から", "to": "まで", "day": "日",
    "months": "か月", "month": "月", "last_day": "最後の日", "business_date": "業務日", "fiscal_year": "年度",
    "years": "年度の数", "set": "外字の版", "code": "符号", "name": "名称", "chart": "図", "mode": "方式",
    "outcome": "結果", "reason": "理由", "channel": "チャネル", "bank": "金融機関", "deposit": "預金種目",
    "mandate": "口座振替の登録", "batch": "収納ファイル", "file": "ファイル", "line": "行", "first_line": "最初の行",
    "last_line": "最後の行", "payment": "収納", "claim": "期別", "run": "督促の一覧", "merge": "統合",
    "inheritance": "相続", "decision": "決定", "delivery": "送付", "opening": "閲覧の許可",
    "held_night": "保留した連携", "barcode": "バーコード", "account": "アカウント", "change": "変更",
    "incident": "事故報告", "contract": "契約", "worker": "作業者", "thing": "対象の種類", "subject": "対象",
    "fields": "項目", "role_given": "役割", "office_given": "所属", "access": "緊急閲覧", "emergency": "緊急閲覧",
    "holder": "保持者", "session": "利用", "os_user": "端末の利用者", "message": "受信", "reference": "参照",
    "promise": "約束", "broken": "守られていない", "kiosk": "端末", "command": "コマンド", "first": "最初",
    "page": "画面", "refused": "断った理由", "done": "済み", "left": "残り", "sha256": "要約値", "digest": "要約値",
    "figures_sha256": "数値の要約値", "rows_sha256": "行の要約値", "manifest_sha256": "目録の要約値",
    "correcting": "更正処理中", "differs": "異なる点", "type": "方法", "agent": "納税管理人",
    "forwarding": "送付先変更", "glyph": "外字", "slip": "納付書", "slips": "納付書", "letter": "通知",
    "sequence": "順番", "last_sequence": "最後の順番", "correction": "訂正", "event": "記録", "application": "申請",
    "report": "集計", "proof": "消去証明", "interest": "延滞金", "next": "次", "settled": "完了", "sent": "送信",
    "written": "書き出し", "outgoing": "送ったファイル", "received": "受け取ったファイル", "entry": "入力",
    "entered": "入力した件数", "answer": "回答", "payee": "受取人", "rate": "率", "year": "年", "given": "引渡し",
    "lapsed": "時効", "proposed_by": "起案者", "beyond_bounds": "範囲を超えた数値", "doubts": "疑い",
    "upgrade_minutes": "更新に許す分数", "state": "状態", "topology": "配置", "program": "プログラム",
}  # fmt: skip
#: Noted for machines, or said by the entry's other columns: the stored entry has them, the screen does not.
NOT_SHOWN = frozenset(
    {
        "office", "role", "purpose", "screen", "method", "municipality", "schema", "os_uid", "durable", "given_out",
    }
)  # fmt: skip
#: Stored words that stand as values.
VALUES = {
    "tax": "税情報", "resident": "住民情報", "taxation": "税情報", "protection": "支援措置",
    "correcting": "更正処理中", "issuance_stop": "発行停止", "moved_out": "転出", "dead": "死亡",
    "card_revoked": "カードの失効", "single": "一台", "printed": "印刷済", "unknown": "不明", "cancelled": "取消",
    "failed": "失敗", "full": "全件", "difference": "差分", "electronic": "電子納付", "convenience": "コンビニ",
    "counter": "窓口", "debit": "口座振替", "bank": "金融機関", "refund_notice": "還付・充当の通知書",
    "totp": "認証アプリ", "yes": "はい", "no": "いいえ", "undeclared": "申告なし", "contract": "契約",
    "worker": "作業者", "standard_r8": "標準様式（令和8年）",
}  # fmt: skip


class NotedWord(NamedTuple):
    """What an entry notes: what it is called, and what it is (a number, a word, the beginning of an identity)."""

    label: str
    value: str


SHOWN_DIGITS = 8
_IDENTITY = re.compile(r"^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12,}$")


def action_words(code: str, labels: Mapping[str, str]) -> tuple[str, str]:
    """Word an action by the table's labels or here, with what is left of its code where only its kind is known."""
    known = labels.get(code) or OTHER_ACTIONS.get(code)
    if known:
        return known, ""
    kind, _, rest = code.partition(".")
    steps = [STEPS.get(part) or RESULTS.get(part) for part in rest.split(".")]
    if kind in FAMILIES and rest and all(steps):
        return f"{FAMILIES[kind]}（{'・'.join(step for step in steps if step)}）", ""
    return FAMILIES.get(kind, OTHER), rest or code


#: A word that says something else of one action.
OF_ACTION = {("certificate.refuse", "closed"): "時間外"}


def result_words(code: str, action: str = "") -> str:
    """Word how an entry ended; of two words (`move approved`) each. "" where one is not known."""
    if of_action := OF_ACTION.get((action, code)):
        return of_action
    words = [RESULTS.get(part) for part in code.split()]
    return "・".join(word for word in words if word) if all(words) else ""


def detail_words(detail: dict[str, object], named: dict[str, str]) -> list[NotedWord]:
    """Word what an entry notes, as 件数 12, ファイル a1b2c3d4…; identities and digests by their beginning.

    `named`: further stored words and what they are called (roles, offices, refusals).
    """
    return [
        NotedWord(DETAILS[key], _value(str(value), named))
        for key, value in sorted(detail.items())
        if key not in NOT_SHOWN and key in DETAILS and value not in {"", None}
    ]


def _value(word: str, named: dict[str, str]) -> str:
    if _IDENTITY.match(word):
        return f"{word[:SHOWN_DIGITS]}…"
    return VALUES.get(word) or named.get(word, word)
