"""Profiles are read strictly: each mistake is named with file, key, what is wrong and what to do."""

from __future__ import annotations

import hashlib
import re
from datetime import date, time
from pathlib import Path

import pytest

from kofu.core.errors import Blame
from kofu.core.kinds import CertificateKind
from kofu.platform.audit_note import LOG_KEY, NoteKey
from kofu.platform.profiles import ProfileInvalid, load_profile

PROFILES = Path(__file__).parent.parent.parent / "profiles"
LOG_KEY_TEXT = NoteKey("log.example", LOG_KEY, bytes(32)).text()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seals").mkdir()
    for name in ("mihon-mayor", "mihon-deputy", "aozora-mayor", "aozora-deputy"):
        (tmp_path / "seals" / f"{name}.svg").write_text(SVG, encoding="utf-8")
    return tmp_path


def broken(folder: Path, old: str, new: str, *, count: int = 1) -> ProfileInvalid:
    """Load the profile of 見本区 with `old` replaced by `new`, which must be refused."""
    text = (PROFILES / "mihon.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "broken.toml"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    with pytest.raises(ProfileInvalid) as caught:
        load_profile(path)
    assert caught.value.blame is Blame.OPERATOR
    assert all(line.startswith(f"{path}: ") for line in caught.value.message.splitlines())
    return caught.value


MISTAKES = [
    # unknown, missing and wrongly typed keys
    ("max_copies = 5", "max_copies = 5\nmax_copys = 5", "max_copys", "is not a key of profiles"),
    ("tax_max_age_days = 3\n", "tax_max_age_days = 3\nage = 1\n", "feeds.age", "is not a key"),
    ("max_copies = 5\n", "", "max_copies", "is missing"),
    ("specimen = true", 'specimen = "yes"', "specimen", "is text; write true or false"),
    ("minimum_age = 15", "minimum_age = true", "minimum_age", "is true or false; write a whole number"),
    ("minimum_age = 15", "minimum_age = 999", "minimum_age", "is 999; write a whole number from 0 to 150"),
    ("opens = 06:30:00", 'opens = "06:30"', "kind[0].opens", "is text; write a time without quotes"),
    ("valid_from = 2025-04-01", "valid_from = 2025-04-01T00:00:00", "authority[2].valid_from", "is a day with a time"),
    ('era_change = "end"', 'era_change = "middle"', "era_change", '"middle" is not known; write one of start, end'),
    ('kind = "income"', 'kind = "incom"', "kind[1].kind", '"incom" is not known'),
    ('name = "東京都見本区"', 'name = ""', "name", "is empty"),
    ('name = "東京都見本区"', 'name = "東京都\\u0007見本区"', "name", "a control character (U+0007) at position 4"),
    ('format = "kofu-profile/1"', 'format = "kofu-profile/9"', "format", 'write "kofu-profile/1"'),
    ('kinds = ["taxation"', 'kinds = ["taxes"', "stop[0].kinds", "'taxes' is not known"),
    ("begins = 2027-02-11T00:00:00", "begins = 2027-02-11T00:00:00Z", "stop[1].begins", "carries an offset"),
    # the record of who looked at whom, machines and sessions
    *[
        ("[deadline]", f"[{table}]\n{line}\n\n[deadline]", f"{table}.{line.partition(' ')[0]}", said)
        for table, line, said in (
            ("audit", 'witness = "somebody"', "is no verifier key (a verifier key has the form name+id+key)"),
            ("audit", 'witness = ""', "is empty"),
            ("audit", f'witness = "{LOG_KEY_TEXT}"', "is the key of a log, not of a witness"),
            ("audit", "staff_by_name = 1", "is a whole number; write true or false"),
            ("audit", "day_ends = 07:30:00", "is not after day_begins"),
            ("audit", "looks_at_one = 32", "32 days are never reached within a month"),
            ("audit", "searches_a_day = 0", "is 0; write a whole number from 1 to 1000000"),
            ("audit", "looks = 3", "is not a key of profiles"),
        )
    ],
    ('revocation = "warned"', 'revocation = "never"', "machines.revocation", '"never" is not known'),
    ("one_session = true", "one_session = 1", "staff.one_session", "is a whole number; write true or false"),
    ("one_session = true", "", "staff.one_session", "is missing"),
    # values that contradict each other or the law
    ('code = "139998"', 'code = "139999"', "code", "139999 has a wrong check digit; write 139998"),
    ('code = "139998"', 'code = "13999"', "code", "is not six digits"),
    (
        'format = "kofu-profile/1"',
        'format = "kofu-profile/1"\ntransposition = [{ table = "none.csv", sha256 = "0" }]',
        "transposition[0].table",
        '"none.csv": No such file',
    ),
    (
        'format = "kofu-profile/1"',
        'format = "kofu-profile/1"\ntransposition = [{ table = "../x.csv", sha256 = "0" }]',
        "transposition[0].table",
        "is no .csv file in the profile's folder",
    ),
    ("seal_mm = 21.0", "seal_mm = 25.1", "authority[0].seal_mm", "25.1 mm is not a size a seal may have"),
    ("seal_mm = 21.0", "seal_mm = 0", "authority[0].seal_mm", "0 mm is not a size"),
    ("seals/mihon-deputy.svg", "seals/none.svg", "authority[1].seal", "No such file or directory; put the drawing at"),
    ("seals/mihon-deputy.svg", "../elsewhere.svg", "authority[1].seal", "lies outside the profile's folder"),
    ("valid_from = 2025-03-01", "valid_from = 2025-02-28", "authority[1].valid_from", "overlaps authority[0]"),
    ("valid_to = 2025-03-31\n", "", "authority[2].valid_from", "overlaps authority[1]"),
    ("valid_from = 2025-04-01", "valid_from = 2025-04-03", "authority[2].valid_from", "nobody certifies between"),
    ("valid_to = 2025-03-31", "valid_to = 2025-02-01", "authority[1].valid_to", "is before valid_from"),
    ("fiscal_year = 2023", "fiscal_year = 2033", "publication[2].fiscal_year", "2033 follows 2022"),
    ("salary = 2026-05-15", "salary = 2025-05-15", "publication[5].salary", "outside the fiscal year 2026"),
    ("years = 4", "years = 7", "publication", "6 fiscal years have a publication date, but a kind offers 7"),
    ('kind = "income"', 'kind = "taxation"', "kind[1].kind", "taxation stands twice"),
    ("opens = 06:30:00", "opens = 23:30:00", "kind[0].closes", "is not after opens"),
    ("2026-01-05 },\n]", "2018-01-05 },\n]", "kind[0].form[1].valid_from", "2018-01-05 does not come after 2019-01-04"),
    ("fee = [{ valid_from = 2019-01-04, kiosk = 200, counter = 300 }]", "", "kind[0].fee", "add a [[kind.fee]]"),
    ("ends = 2027-02-12T06:30:00", "ends = 2027-02-10T06:30:00", "stop[1].ends", "is not after begins"),
    ("longest_seconds = 60", "longest_seconds = 1", "deadline.longest_seconds", "is below shortest_seconds"),
]


@pytest.mark.parametrize(("old", "new", "key", "said"), MISTAKES, ids=[f"{m[2]} {m[3]}" for m in MISTAKES])
def test_a_mistake_is_named_with_its_key_and_what_to_do(folder: Path, old: str, new: str, key: str, said: str) -> None:
    error = broken(folder, old, new)
    assert [p for p in error.problems if p.key == key and said in str(p).removeprefix(f"{key}: ")], error.message
    assert all(problem.remedy for problem in error.problems)


def test_a_payment_certificate_never_covers_more_years_than_the_law_allows(folder: Path) -> None:
    """地方税法施行令6条の21第2項2号: this fiscal year and three before."""
    text = (PROFILES / "mihon.toml").read_text(encoding="utf-8")
    payment = text.index('kind = "payment"')
    path = folder / "broken.toml"
    path.write_text(text[:payment] + text[payment:].replace("years = 4", "years = 5", 1), encoding="utf-8")
    with pytest.raises(ProfileInvalid, match=re.escape("kind[2].years: 5 years of a payment certificate")):
        load_profile(path)


def test_all_mistakes_are_found_in_one_look(folder: Path) -> None:
    text = (PROFILES / "mihon.toml").read_text(encoding="utf-8")
    path = folder / "broken.toml"
    text = text.replace('kind = "income"', 'kind = "incom"').replace("salary = 2023-05-15", 'salary = "May"')
    path.write_text(text.replace("seals/mihon-deputy.svg", "seals/none.svg"), encoding="utf-8")
    with pytest.raises(ProfileInvalid) as caught:
        load_profile(path)
    assert {p.key for p in caught.value.problems} == {"kind[1].kind", "publication[2].salary", "authority[1].seal"}


@pytest.mark.parametrize(
    ("content", "said"), [(b"code = ", "is not TOML"), (b'name = "\x82\xa0"', "is not TOML in UTF-8")]
)
def test_a_file_that_is_not_toml_is_refused_with_its_place(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(content)
    with pytest.raises(ProfileInvalid, match=said):
        load_profile(path)


def test_a_missing_file_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match="KOFU_PROFILE"):
        load_profile(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["mihon", "aozora"])
def test_the_profiles_that_are_shipped_are_sound_and_say_that_they_are_invented(name: str) -> None:
    profile = load_profile(PROFILES / f"{name}.toml")
    assert profile.specimen
    assert "invented" in profile.name_en
    for rules in profile.kinds:
        assert profile.form_version_on(rules.kind, date(2026, 11, 23))


def test_two_municipalities_may_differ_in_everything_they_decide(folder: Path) -> None:
    """文京区 offers six years of 課税証明書 and four of 納税証明書; hours, fees, forms and ages are each town's own."""
    for name in ("mihon", "aozora"):
        (folder / f"{name}.toml").write_bytes((PROFILES / f"{name}.toml").read_bytes())
    mihon, aozora = load_profile(folder / "mihon.toml"), load_profile(folder / "aozora.toml")
    day = date(2026, 11, 23)
    kind = CertificateKind.TAXATION
    assert mihon.published_years(kind, day, None) == (2026, 2025, 2024, 2023)
    assert aozora.published_years(kind, day, None) == (2026, 2025, 2024, 2023, 2022, 2021)
    assert aozora.published_years(CertificateKind.PAYMENT, day, None) == (2026, 2025, 2024, 2023)
    assert (mihon.form_version_on(kind, day), aozora.form_version_on(kind, day)) == ("standard_r8", "legacy_landscape")
    assert (mihon.fee_on(kind, day).kiosk, aozora.fee_on(kind, day).kiosk) == (200, 10)
    assert (mihon.year_label(2019), aozora.year_label(2019)) == ("令和元年度", "平成31年度")
    assert [rules.closes for rules in aozora.kinds][:2] == [time(20), time(17, 15)]
    assert aozora.rules(CertificateKind.INCOME) is None
    assert mihon.authority_on(day).seal_svg == SVG.encode()


def test_papers_bear_a_signed_code_only_where_the_profile_says_so(folder):
    text = (PROFILES / "mihon.toml").read_text(encoding="utf-8")
    path = folder / "mihon.toml"
    for wanted in ("false", "true"):
        path.write_text(text.replace("signed_code = false", f"signed_code = {wanted}"), encoding="utf-8")
        assert load_profile(path).signed_code is (wanted == "true")


TABLE = b"from,to,mj_name,relation,source\nU+E123,U+8FBB U+E0101,,same,ledger 1\n"


def with_table(folder: Path, data: bytes, sha256: str) -> Path:
    (folder / "gaiji.csv").write_bytes(data)
    text = (PROFILES / "mihon.toml").read_text(encoding="utf-8")
    path = folder / "mihon.toml"
    path.write_text(f'{text}\n[[transposition]]\ntable = "gaiji.csv"\nsha256 = "{sha256}"\n', encoding="utf-8")
    return path


def test_a_table_of_codes_is_read_with_the_digest_the_profile_names(folder: Path) -> None:
    sha256 = hashlib.sha256(TABLE).hexdigest()
    profile = load_profile(with_table(folder, TABLE, sha256))
    assert profile.transposition.transpose("\ue123村").text == "辻\U000e0101村"
    assert profile.transposition.sha256 == (sha256,)


def test_a_table_that_was_changed_since_is_refused_and_named(folder: Path) -> None:
    path = with_table(folder, TABLE.replace(b"ledger 1", b"ledger 2"), hashlib.sha256(TABLE).hexdigest())
    with pytest.raises(ProfileInvalid, match=r"transposition\[0\].sha256: is not that of \"gaiji.csv\"; find out who"):
        load_profile(path)


def test_every_mistake_of_a_table_is_a_mistake_of_the_profile(folder: Path) -> None:
    data = TABLE + b"U+E124,U+8FBB U+E0101,,same,ledger 1\nU+8FBB,U+8FBA,,same,x\n"
    with pytest.raises(ProfileInvalid) as refused:
        load_profile(with_table(folder, data, hashlib.sha256(data).hexdigest()))
    assert [problem.key for problem in refused.value.problems] == ["transposition"] * 2
    assert "gaiji.csv:3 to: U+8FBB U+E0101 is what gaiji.csv:2 maps to as well" in refused.value.message
    assert "gaiji.csv:4 from: is no code" in refused.value.message
