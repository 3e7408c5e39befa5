"""Payment files as the channels send them."""

from __future__ import annotations

from datetime import date

from kofu.ledger.debit.codecs.direct_debit import (
    DebitDeposit,
    DebitHeader,
    DebitLine,
    DebitResult,
    NewCode,
)
from kofu.ledger.formats.layouts_in_use import Layouts

DAY = date(2026, 6, 29)
LAYOUTS = Layouts(None, specimen=True)


def debit(number: str, result: DebitResult) -> DebitLine:
    return DebitLine(
        bank_code="9900",
        bank_name="ﾕｳﾁﾖ",
        branch_code="058",
        branch_name="ｾﾞﾛｺﾞﾊﾁ",
        deposit=DebitDeposit.ORDINARY,
        account_number="1234567",
        holder_kana="ﾐﾎﾝ ﾀﾛｳ",
        amount=24_000,
        new_code=NewCode.OTHER,
        customer_number=number,
        result=result,
    )


HEADER = DebitHeader(
    consignor_code="0000012345", consignor_name="ﾐﾎﾝｸ", debit_on=DAY, bank_code="0001", bank_name="ﾐﾎﾝ"
)
