"""特別徴収: who is asked for an installment, the person or who holds the tax back from wages or a pension. Pure.

給与特別徴収 is owed by the employer (特別徴収義務者, 地方税法321条の5), 年金特別徴収 by the payer of the pension
(321条の7の6): what they held back and did not remit is no arrears of the person. 豊島区: 「従業員本人に請求することは
できません」. So no demand, no 督促, no 充当 and no page puts it upon the person; what is missing stands in a list of
its own.
"""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import ensure


class Collector(StrEnum):
    """Who is asked for an installment."""

    PERSON = "person"  # 普通徴収: 納税義務者本人
    EMPLOYER = "employer"  # 給与の特別徴収義務者
    PENSION_PAYER = "pension_payer"  # 年金保険者


#: 徴収区分 of a notice, as the ledger stores it → who is asked for it.
COLLECTOR_OF = {
    "ordinary": Collector.PERSON,
    "salary": Collector.EMPLOYER,
    "pension": Collector.PENSION_PAYER,
}
#: 徴収区分 of which nothing is asked of the person.
SPECIAL_METHODS = tuple(method for method, who in COLLECTOR_OF.items() if who is not Collector.PERSON)


def collector_of(collection_method: str) -> Collector:
    """Tell who is asked for what is collected so. Raises `InvariantBroken` where nobody said who is."""
    ensure(collection_method in COLLECTOR_OF, "every 徴収区分 of a notice says who is asked")
    return COLLECTOR_OF[collection_method]


def is_special(collection_method: str) -> bool:
    """Tell whether it is 特別徴収: no demand of it is put upon the person."""
    return collector_of(collection_method) is not Collector.PERSON
