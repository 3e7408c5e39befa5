"""The words of the business that several systems decide by: kinds of certificates, holds, ways of collection."""

from __future__ import annotations

from enum import StrEnum


class CertificateKind(StrEnum):
    """What is asked for. Whether TAXATION bears the title 課税証明書 or 非課税証明書 follows from the assessment."""

    TAXATION = "taxation"  # 課税（非課税）証明書
    INCOME = "income"  # 所得証明書
    PAYMENT = "payment"  # 納税証明書（特別区民税・都民税・森林環境税）
    VEHICLE_PAYMENT = "vehicle_payment"  # 軽自動車税（種別割）納税証明書（一般用）
    VEHICLE_INSPECTION = "vehicle_inspection"  # 軽自動車税（種別割）納税証明書（継続検査用）


class HoldKind(StrEnum):
    """Negative facts that travel at once (P7)."""

    ISSUANCE_STOP = "issuance_stop"  # 税証明の発行停止
    CORRECTING = "correcting"  # 更正処理中
    PROTECTION = "protection"  # 支援措置 (DV等), 仮支援措置 included
    MOVING_OUT = "moving_out"  # 転出届
    DEATH = "death"  # 死亡
    SERIAL_REVOKED = "serial_revoked"  # 利用者証明用電子証明書の失効
    DELETED = "deleted"  # 職権消除


class CollectionMethod(StrEnum):
    """徴収区分 of an assessment."""

    NONE = "none"  # 税額なし
    ORDINARY = "ordinary"  # 普通徴収
    SALARY = "salary"  # 給与特別徴収
    PENSION = "pension"  # 年金特別徴収
    COMBINED = "combined"  # 併用徴収


#: 特別徴収: what is not remitted is owed by the 特別徴収義務者, never by the person (地方税法321条の5).
SPECIAL_COLLECTION = frozenset({CollectionMethod.SALARY, CollectionMethod.PENSION})


class Declaration(StrEnum):
    """申告区分."""

    DECLARED = "declared"
    UNDECLARED = "undeclared"
    DEPENDENT_UNDECLARED = "dependent_undeclared"  # 被扶養者の未申告: income cells read ＊


class Liability(StrEnum):
    """課税非課税区分."""

    TAXABLE = "taxable"
    PER_CAPITA_ONLY = "per_capita_only"
    NONTAXABLE = "nontaxable"


class MunicipalTax(StrEnum):
    """市町村民税 by the name it has in the municipality (地方税法1条2項, 736条)."""

    WARD = "特別区民税"
    CITY = "市民税"
    TOWN = "町民税"
    VILLAGE = "村民税"


class PrefecturalTax(StrEnum):
    """道府県民税 by the name it has in the prefecture."""

    METROPOLIS = "都民税"
    HOKKAIDO = "道民税"
    URBAN = "府民税"
    PREFECTURE = "県民税"
