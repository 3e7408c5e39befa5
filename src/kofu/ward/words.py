"""The words names and addresses are put together from. Towns exist nowhere; names are common ones, mixed."""

# ruff: noqa: E501 - a full-width character counts as two: lines of names are longer than they look

from __future__ import annotations

SURNAMES: tuple[tuple[str, str], ...] = (
    ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("高橋", "タカハシ"), ("田中", "タナカ"), ("伊藤", "イトウ"), ("渡辺", "ワタナベ"),
    ("山本", "ヤマモト"), ("中村", "ナカムラ"), ("小林", "コバヤシ"), ("加藤", "カトウ"), ("吉田", "ヨシダ"), ("山田", "ヤマダ"),
    ("佐々木", "ササキ"), ("山口", "ヤマグチ"), ("松本", "マツモト"), ("井上", "イノウエ"), ("木村", "キムラ"), ("林", "ハヤシ"),
    ("斎藤", "サイトウ"), ("清水", "シミズ"), ("山崎", "ヤマザキ"), ("森", "モリ"), ("池田", "イケダ"), ("橋本", "ハシモト"),
    ("阿部", "アベ"), ("石川", "イシカワ"), ("前田", "マエダ"), ("藤田", "フジタ"), ("小川", "オガワ"), ("後藤", "ゴトウ"),
    ("岡田", "オカダ"), ("長谷川", "ハセガワ"), ("村上", "ムラカミ"), ("近藤", "コンドウ"), ("石井", "イシイ"), ("遠藤", "エンドウ"),
    ("青木", "アオキ"), ("坂本", "サカモト"), ("福田", "フクダ"), ("西村", "ニシムラ"), ("太田", "オオタ"), ("三浦", "ミウラ"),
    ("岡本", "オカモト"), ("松田", "マツダ"), ("中川", "ナカガワ"), ("中野", "ナカノ"), ("原田", "ハラダ"), ("小野", "オノ"),
    ("田村", "タムラ"), ("竹内", "タケウチ"), ("金子", "カネコ"), ("和田", "ワダ"), ("中山", "ナカヤマ"), ("勅使河原", "テシガワラ"),
)  # fmt: skip

GIVEN_FEMALE: tuple[tuple[str, str], ...] = (
    ("花子", "ハナコ"), ("美咲", "ミサキ"), ("さくら", "サクラ"), ("陽子", "ヨウコ"), ("結衣", "ユイ"), ("和子", "カズコ"),
    ("幸子", "サチコ"), ("恵子", "ケイコ"), ("由美", "ユミ"), ("真理", "マリ"), ("葵", "アオイ"), ("凛", "リン"), ("千代", "チヨ"),
    ("智子", "トモコ"), ("久美子", "クミコ"), ("彩", "アヤ"), ("奈々", "ナナ"), ("ひかり", "ヒカリ"), ("静", "シズカ"), ("律子", "リツコ"),
)  # fmt: skip

GIVEN_MALE: tuple[tuple[str, str], ...] = (
    ("太郎", "タロウ"), ("翔太", "ショウタ"), ("健一", "ケンイチ"), ("大輔", "ダイスケ"), ("誠", "マコト"), ("隆", "タカシ"),
    ("蓮", "レン"), ("湊", "ミナト"), ("茂", "シゲル"), ("清", "キヨシ"), ("拓也", "タクヤ"), ("直樹", "ナオキ"), ("和夫", "カズオ"),
    ("修", "オサム"), ("学", "マナブ"), ("一郎", "イチロウ"), ("悠真", "ユウマ"), ("進", "ススム"), ("亮", "リョウ"), ("昭", "アキラ"),
)  # fmt: skip

SEPARATE_CODE: tuple[tuple[str, str], ...] = (
    ("髙橋", "タカハシ"), ("𠮷田", "ヨシダ"), ("山﨑", "ヤマザキ"), ("濵田", "ハマダ"), ("德永", "トクナガ"), ("栁沢", "ヤナギサワ"),
    ("齋藤", "サイトウ"), ("齊藤", "サイトウ"), ("渡邊", "ワタナベ"), ("渡邉", "ワタナベ"), ("𣘺本", "ハシモト"), ("廣瀨", "ヒロセ"),
)  # fmt: skip

# The base character with a selector of the Adobe-Japan1 collection, which a Moji_Joho font does not know
OTHER_COLLECTION: tuple[tuple[str, str], ...] = (
    ("渡辺\U000e0100", "ワタナベ"),
    ("葛\U000e0100西", "カサイ"),
    ("辻\U000e0100", "ツジ"),
    ("榊\U000e0100原", "サカキバラ"),
)
# 外字 of an old system that came over with its private-use code point
PRIVATE_USE: tuple[tuple[str, str], ...] = (
    ("\ue123藤", "サイトウ"),
    ("渡\ue456", "ワタナベ"),
    ("\U000f0321田", "ヨシダ"),
)

# Well-known Moji_Joho sequences, for a ward made where the font is not at hand
FEW_SEQUENCES: tuple[str, ...] = (
    *("邉" + chr(selector) for selector in range(0xE010F, 0xE0119)),
    *("葛" + chr(selector) for selector in range(0xE0102, 0xE0109)),
    *("芦" + chr(selector) for selector in range(0xE0102, 0xE010A)),
    "辻\U000e0102", "辻\U000e0103", "祇\U000e0102", "祇\U000e0103", "榊\U000e0102", "榊\U000e0103", "鯖\U000e0102",
    "辺\U000e0101", "辺\U000e0102", "逢\U000e0103", "逢\U000e0104",
)  # fmt: skip

LATIN_FAMILY = (
    "ANDERSEN",
    "OKONKWO",
    "NGUYEN",
    "SANTOS",
    "KOWALSKI",
    "RAHMAN",
    "WINSLOW",
    "DA SILVA",
    "O'HARA",
    "SHRESTHA",
)
LATIN_GIVEN = (
    "ALDEN MARIE",
    "JUN",
    "THI HOA",
    "MARIA CLARA",
    "PIOTR",
    "ABDUL KARIM",
    "LUCAS",
    "SITA",
    "GRACE",
    "JOHN-PAUL",
)
LONG_LATIN = (
    "WOLFESCHLEGELSTEINHAUSENBERGERDORFF ALOYSIUS BARTHOLOMEW CHRISTOPHER MAXIMILIAN NEPOMUK FERDINAND",
    "VENKATANARASIMHARAJUVARIPETA SUBRAMANIAN KRISHNAMURTHY RAMACHANDRAN LAKSHMINARAYANAN",
)
HAN_FAMILY = ("王", "李", "張", "陳", "朴", "崔", "欧陽", "黄")
HAN_GIVEN = ("偉", "秀英", "敏", "志明", "智恵", "美玲", "俊宏", "雪")

TOWNS = (
    "若葉町", "見本町", "架空台", "青空町", "霞見坂", "雛形町", "試作町", "例示台", "仮名町", "夕映町", "葉桜町", "白紙坂",
)  # fmt: skip
BUILDINGS = ("", "", "", "", "見本ハイツ", "架空マンション", "コーポ若葉", "レジデンス例示")
NUMERALS = ("一", "二", "三", "四", "五", "六")
ELSEWHERE = ("東京都仮装市例示町一丁目1番1号", "北見本県架空市雛形町2番地3", "南見本県例示郡若葉村大字試作44番地")
