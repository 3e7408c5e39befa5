"""The shapes that matter: what can be special about a person, each on its own axis.

A person is one value of every axis. The first people of every ward are the gallery: each special value once, all else
plain, so that even a ward of a hundred shows every shape. Everybody after them is drawn by weight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import zip_longest

from kofu.ward.draw import Draw, Weighted


class Axis(Enum):
    """A value of an axis is its plain Japanese description, as the demo's card picker shows it."""

    @property
    def japanese(self) -> str:
        """Give the description."""
        return str(self.value)


class Life(Axis):
    """Where the person stands in the register."""

    RESIDENT = "住民"
    MOVED_WITHIN = "区内転居あり"
    MOVED_IN_THIS_YEAR = "今年転入（今年度の課税権なし）"
    MOVED_IN_EARLIER = "一昨年転入（古い年度の課税権なし）"
    MOVING_OUT = "転出届済"
    MOVED_OUT = "転出"
    DEAD = "死亡"
    DELETED = "職権消除"
    CHILD = "15歳未満"
    YOUTH = "15〜17歳"


class Income(Axis):
    """What the person lives on."""

    SALARY = "給与のみ"
    PENSION = "年金のみ"
    SALARY_AND_PENSION = "給与と年金"
    BUSINESS = "営業"
    AGRICULTURE = "農業"
    REAL_ESTATE = "給与と不動産"
    DIVIDENDS = "給与と配当・利子"
    STOCKS = "給与と株式譲渡"
    LISTED_DIVIDENDS = "年金と上場配当"
    FUTURES = "給与と先物・業務雑"
    SHORT_TRANSFER = "短期譲渡"
    LONG_TRANSFER = "長期譲渡"
    TEMPORARY = "給与と一時所得"
    FORESTRY = "山林"
    RETIREMENT = "退職所得"
    LOSS = "営業の赤字"
    CARRYFORWARD = "営業と繰越損失"
    WEALTHY = "高所得"
    LITTLE = "わずかな給与"
    BARELY = "均等割のみの給与"
    NONE = "収入なし"


class Family(Axis):
    """Who depends on the person, and what is deducted for the person."""

    SINGLE = "扶養なし"
    SPOUSE = "配偶者控除"
    ELDERLY_SPOUSE = "老人配偶者控除"
    SPOUSE_SPECIAL = "配偶者特別控除"
    SPOUSE_AND_CHILDREN = "配偶者と子を扶養"
    STUDENT_CHILD = "特定扶養"
    SPECIFIC_RELATIVE = "特定親族特別控除"
    ELDERLY_PARENT = "同居老親等を扶養"
    ELDERLY_APART = "別居の老人を扶養"
    DISABLED_RELATIVE = "同居特別障害者を扶養"
    SINGLE_PARENT = "ひとり親"
    WIDOW = "寡婦"
    DISABLED = "本人障害者"
    DISABLED_SPECIAL = "本人特別障害者"
    WORKING_STUDENT = "勤労学生"


class Extra(Axis):
    """Rarer deductions and credits."""

    NONE = "その他控除なし"
    MEDICAL = "医療費控除"
    CASUALTY = "雑損控除"
    HOUSING = "住宅ローン控除"
    DONATION = "寄附金税額控除"
    FOREIGN_TAX = "外国税額控除"
    ENTERPRISE = "小規模企業共済"


class DeclarationShape(Axis):
    """Whether the person declared an income."""

    DECLARED = "申告あり"
    UNDECLARED = "未申告"
    DEPENDENT = "被扶養者の未申告"


class NameShape(Axis):
    """What is special about the name."""

    ORDINARY = "普通の氏名"
    VARIANT = "異体字の氏名"
    SEPARATE_CODE = "髙・𠮷などの氏名"
    OTHER_COLLECTION = "描けない異体字（Adobe-Japan1）"
    PRIVATE_USE = "描けない外字（私用領域）"
    LATIN = "ローマ字氏名"
    LATIN_ALIAS = "ローマ字氏名と通称"
    HAN = "漢字氏名の外国人"
    LONG = "とても長い氏名"


class BirthShape(Axis):
    """How much of the birthday is known."""

    KNOWN = "生年月日あり"
    DAY_UNKNOWN = "生まれた日が不詳"
    MONTH_UNKNOWN = "生まれた月日が不詳"
    UNKNOWN = "生年月日不詳"


class CarrierShape(Axis):
    """The card certificates the person holds."""

    CARD = "カード"
    CARD_AND_ANDROID = "カードとAndroid"
    ALL = "カードとAndroidとiPhone"
    RENEWED = "更新済（古い証明書は期限切れ）"
    EXPIRED = "証明書期限切れ"
    REVOKED = "証明書失効"
    SUSPENDED = "証明書一時停止"
    NONE = "カードなし"


class Paying(Axis):
    """How the person pays."""

    PAID = "完納"
    AHEAD = "一括で前納"
    LAST_LATE = "直近の1期滞納"
    PARTIAL = "一部納付"
    UNPAID = "今年度全期滞納"
    ALWAYS_BEHIND = "数年度にわたり滞納"
    OLD_ARREARS = "最も古い年度だけ滞納"
    IN_TRANSIT = "納付済だが未反映"
    DOUBLE = "二重納付（収納額は調定額まで）"
    REFUNDED = "減額更正で還付"
    LATE_ASSESSED = "年度途中の課税（3・4期）"
    BACK_TAX = "過年度課税あり"


class Collecting(Axis):
    """How the tax is collected, where the income leaves a choice."""

    USUAL = "所得に応じた徴収"
    ORDINARY = "普通徴収"
    COMBINED = "併用徴収"


class Vehicles(Axis):
    """Light vehicles the person owns."""

    NONE = "軽自動車なし"
    MOPED = "原付"
    INSPECTED = "軽自動車（継続検査対象）"
    SEVERAL = "軽自動車など3台"
    UNPAID = "軽自動車税の滞納"
    OLD_UNPAID = "過年度の軽自動車税だけ滞納"


class Blocked(Axis):
    """What stands against issuing at once."""

    NONE = "抑止なし"
    PROTECTION = "支援措置"
    STOPPED = "税証明の発行停止"
    CORRECTING = "更正処理中"


@dataclass(frozen=True, slots=True)
class PersonShape:
    """One value of each axis."""

    life: Life = Life.RESIDENT
    income: Income = Income.SALARY
    family: Family = Family.SINGLE
    extra: Extra = Extra.NONE
    declared: DeclarationShape = DeclarationShape.DECLARED
    name: NameShape = NameShape.ORDINARY
    birth: BirthShape = BirthShape.KNOWN
    carrier: CarrierShape = CarrierShape.CARD
    paying: Paying = Paying.PAID
    collecting: Collecting = Collecting.USUAL
    vehicles: Vehicles = Vehicles.NONE
    blocked: Blocked = Blocked.NONE

    def values(self) -> tuple[Axis, ...]:
        """All values, in the order of the axes."""
        return (
            self.life, self.income, self.family, self.extra, self.declared, self.name,
            self.birth, self.carrier, self.paying, self.collecting, self.vehicles, self.blocked,
        )  # fmt: skip

    def label(self) -> str:
        """Describe the person in plain Japanese: the income, how it is paid, and whatever is not plain."""
        if self.life is Life.CHILD:
            return self.life.japanese
        told: list[Axis] = [self.income, self.paying]
        silent = set(PLAIN.values())
        if self.declared is not DeclarationShape.DECLARED:
            told = [self.declared]
            silent |= {self.income, self.paying, self.family, self.extra, self.collecting}
        told += [value for value in self.values() if value not in silent and value not in told]
        return "・".join(value.japanese for value in told)


PLAIN = PersonShape()


def _earning_little(shape: PersonShape) -> PersonShape:
    """勤労学生 is who earns little (地方税法34条1項9号)."""
    students = shape.family is Family.WORKING_STUDENT and shape.income not in (Income.NONE, Income.BARELY)
    return replace(shape, income=Income.LITTLE) if students else shape


def _gallery() -> tuple[PersonShape, ...]:
    """Each special value once, on a person that is otherwise plain; then the pairs in which rules meet.

    The axes take turns, so that even the first two dozen people differ in many ways.
    """
    axes = [
        [_earning_little(replace(PLAIN, **{axis: value})) for value in type(plain) if value is not plain]
        for axis, plain in ((axis, getattr(PLAIN, axis)) for axis in PLAIN.__dataclass_fields__)
    ]
    shapes = [PLAIN]
    shapes += [shape for turn in zip_longest(*axes) for shape in turn if shape is not None]
    ordinary = replace(PLAIN, income=Income.BUSINESS, collecting=Collecting.ORDINARY)
    shapes += [replace(ordinary, paying=paying) for paying in Paying]
    shapes += [
        replace(PLAIN, income=Income.PENSION, paying=Paying.LAST_LATE),
        replace(PLAIN, declared=DeclarationShape.DEPENDENT, income=Income.NONE, carrier=CarrierShape.ALL),
        replace(PLAIN, name=NameShape.VARIANT, vehicles=Vehicles.SEVERAL),
        replace(
            PLAIN,
            life=Life.YOUTH,
            birth=BirthShape.DAY_UNKNOWN,
            declared=DeclarationShape.DEPENDENT,
            income=Income.NONE,
        ),
    ]
    return tuple(dict.fromkeys(shapes))


GALLERY = _gallery()

LIFE = Weighted(
    {
        Life.RESIDENT: 700,
        Life.MOVED_WITHIN: 60,
        Life.MOVED_IN_THIS_YEAR: 30,
        Life.MOVED_IN_EARLIER: 40,
        Life.MOVING_OUT: 3,
        Life.MOVED_OUT: 25,
        Life.DEAD: 10,
        Life.DELETED: 2,
        Life.CHILD: 110,
        Life.YOUTH: 20,
    }
)
WORKING = Weighted(
    {
        Income.SALARY: 560,
        Income.LITTLE: 60,
        Income.BARELY: 10,
        Income.NONE: 60,
        Income.BUSINESS: 80,
        Income.REAL_ESTATE: 30,
        Income.DIVIDENDS: 15,
        Income.STOCKS: 25,
        Income.FUTURES: 8,
        Income.SHORT_TRANSFER: 4,
        Income.LONG_TRANSFER: 8,
        Income.TEMPORARY: 10,
        Income.AGRICULTURE: 4,
        Income.FORESTRY: 2,
        Income.RETIREMENT: 4,
        Income.LOSS: 5,
        Income.CARRYFORWARD: 4,
        Income.WEALTHY: 25,
    }
)
RETIRED = Weighted({Income.PENSION: 700, Income.SALARY_AND_PENSION: 150, Income.LISTED_DIVIDENDS: 30, Income.NONE: 60})
FAMILY = Weighted(
    dict.fromkeys(Family, 20)
    | {Family.SINGLE: 500, Family.SPOUSE: 90, Family.SPOUSE_AND_CHILDREN: 150, Family.WORKING_STUDENT: 6}
)
EXTRA = Weighted(dict.fromkeys(Extra, 10) | {Extra.NONE: 700, Extra.DONATION: 120, Extra.HOUSING: 60})
DECLARED = Weighted({DeclarationShape.DECLARED: 940, DeclarationShape.UNDECLARED: 60})
DECLARED_WITHOUT_INCOME = Weighted(
    {DeclarationShape.DECLARED: 40, DeclarationShape.UNDECLARED: 20, DeclarationShape.DEPENDENT: 40}
)
NAME = Weighted(
    dict.fromkeys(NameShape, 5)
    | {NameShape.ORDINARY: 800, NameShape.VARIANT: 100, NameShape.LATIN: 40, NameShape.LATIN_ALIAS: 15}
    | {NameShape.HAN: 30, NameShape.SEPARATE_CODE: 20}
)
BIRTH = Weighted(dict.fromkeys(BirthShape, 2) | {BirthShape.KNOWN: 990})
CARRIER = Weighted(
    dict.fromkeys(CarrierShape, 15) | {CarrierShape.CARD: 600, CarrierShape.NONE: 200, CarrierShape.ALL: 40}
)
PAYING = Weighted(dict.fromkeys(Paying, 12) | {Paying.PAID: 800, Paying.AHEAD: 40})
COLLECTING = Weighted({Collecting.USUAL: 900, Collecting.ORDINARY: 60, Collecting.COMBINED: 40})
VEHICLES = Weighted(dict.fromkeys(Vehicles, 4) | {Vehicles.NONE: 900, Vehicles.INSPECTED: 50, Vehicles.MOPED: 30})
BLOCKED = Weighted(dict.fromkeys(Blocked, 2) | {Blocked.NONE: 980})

VARIANT_EVERY = 25  # every so many people one walks on through the font's variation sequences


def shape_of(index: int, draw: Draw, *, age: int) -> PersonShape:
    """Give the shape of the person with this index: the gallery first, then by weight. `age` in years."""
    if index < len(GALLERY):
        return GALLERY[index]
    unit = draw.unit
    life = LIFE.at(unit())
    income = (RETIRED if age >= 65 else WORKING).at(unit())  # noqa: PLR2004 - age of public pensions
    if life in (Life.CHILD, Life.YOUTH):
        income = Income.NONE
    declared = (DECLARED_WITHOUT_INCOME if income is Income.NONE else DECLARED).at(unit())
    name = NAME.at(unit())
    shape = PersonShape(
        life=life,
        income=income,
        family=FAMILY.at(unit()),
        extra=EXTRA.at(unit()),
        declared=declared,
        name=NameShape.VARIANT if index % VARIANT_EVERY == 0 else name,
        birth=BIRTH.at(unit()),
        carrier=CARRIER.at(unit()),
        paying=PAYING.at(unit()),
        collecting=COLLECTING.at(unit()),
        vehicles=VEHICLES.at(unit()),
        blocked=BLOCKED.at(unit()),
    )
    return _earning_little(shape)
