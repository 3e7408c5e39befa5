"""What is wrong with a received file, in the words of the office: one sentence for each code the codecs give.

The codec's own sentence (what was found, what belongs there) stays in the log and at the command line. A test holds the
table to the codes that exist.
"""

from __future__ import annotations

from kofu.ledger.formats.bank_forms import Peculiarity

#: How a bank's file may differ; said where its profile does not allow it.
PECULIARITY_PROBLEMS: dict[str, str] = {
    Peculiarity.END_MARK: "ファイルの終わりに余分な文字（0x1A）があります。付けずに送ってもらってください。",
    Peculiarity.EXTRA_NEWLINE: "ファイルの終わりに余分な改行があります。付けずに送ってもらってください。",
    Peculiarity.CR: "レコードの区切りがCRだけです。CR LFか、区切りなしで送ってもらってください。",
    Peculiarity.CODE_MARK_EBCDIC: "コード区分が1（EBCDIC）です。JISのファイルは0で送ってもらってください。",
    Peculiarity.CODE_MARK_BLANK: "コード区分が空白です。JISのファイルは0で送ってもらってください。",
    Peculiarity.NEW_CODE_BLANK: "新規コードが空白です。記録して送ってもらってください。",
    Peculiarity.YUCHO_BRANCH_BLANK: "ゆうちょ銀行の支店番号が空白です。記録して送ってもらってください。",
    Peculiarity.GROUPS: "一つのファイルに複数のファイルが入っています。分けて送ってもらってください。",
}
CODEC_PROBLEMS = {
    # the file as a whole
    "empty_file": "ファイルに中身がありません。送り手に取り直してもらってください。",
    "too_many_records": "件数が多すぎます。分けて送ってもらってください。",
    "broken_length": "ファイルの長さがレコード長の倍数になっていません。途中で切れたか、形式が違います。",
    "byte_order_mark": "ファイルの先頭に余分な印（BOM）があります。作られたままのファイルを取り直してください。",
    "broken_newline": "レコードの終わりの改行が揃っていません。",
    "bad_byte": "この形式で使えない文字コードがあります。",
    "not_utf8": "UTF-8で書かれていません。",
    "quoting": '引用符（"）の付け方が正しくありません。',
    "header": "見出し行（列名）が決められたものと違います。",
    "several_files": "一つのファイルに複数のファイルが入っています。分けて送ってもらってください。",
    "header_missing": "ヘッダーレコードがありません。始めが欠けています。送り手に取り直してもらってください。",
    "trailer_missing": "トレーラレコードがありません。途中で切れたおそれがあります。取り直してもらってください。",
    "end_missing": "エンドレコードがありません。途中で切れたおそれがあります。取り直してもらってください。",
    "trailer_twice": "トレーラレコードが二つ以上あります。送り手に確かめ、取り直してもらってください。",
    "end_twice": "エンドレコードが二つ以上あります。二つのファイルをつないでいないか、送り手に確かめてください。",
    "behind_end": "エンドレコードの後に続きがあります。それが何か、送り手に確かめてください。",
    "behind_trailer": "トレーラレコードの後に明細があります。送り手に確かめ、取り直してもらってください。",
    "wrong_order": "レコードの並び順が正しくありません。",
    "unknown_record": "決められていない種類のレコードです。",
    "cells": "項目の数が決められた数と違います。",
    "total": "件数または金額の合計が、明細と一致しません。",
    "not_requested": "この引落日の口座振替依頼はありません。別の市区町村・別の委託者のファイルではありませんか。",
    "day_far_off": "日付が処理日から離れすぎています。別の回のファイルではありませんか。",
    # one field
    "required": "必要な項目が空です。",
    "empty": "必要な項目が空です。",
    "not_digits": "数字以外の文字があります。",
    "wrong_length": "けた数が違います。",
    "too_long": "長すぎます。",
    "leading_zero": "先頭に余分な0があります。",
    "not_a_number": "0以上の数ではありません。",
    "not_a_date": "日付として正しくありません。",
    "not_text": "文字ではありません。",
    "trailing_space": "終わりに余分な空白があります。",
    "unknown_code": "決められていないコードです。",
    "not_constant": "決められた値と違います。",
    "bad_cell": "値がこの項目に合いません。",
    # one record
    "twice": "同じ番号が前の行にもあります。",
    "amount": "金額が正しくありません。",
    "barcode_wrong": "バーコードの数字が正しくありません。",
    # an answer of the banks
    "branch_missing": "支店番号が空白です。金融機関に確かめてください。",
    "another_request": "別の回の依頼に対する結果です。ファイルを確かめてください。",
    "not_asked": "依頼していない顧客番号があります。金融機関に確かめてください。",
    "answered_twice": "同じ依頼に二度の結果があります。金融機関に確かめてください。",
    "altered": "依頼と口座または金額が違います。金融機関に確かめてください。",
    "unanswered": "結果のない依頼があります。残りを金融機関に確かめてください。",
    "result_in_request": "依頼ファイルに結果が入っています。結果のファイルではありませんか。",
}
