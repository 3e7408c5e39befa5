"""相続人代表者指定通知書 (令2条) and 納税管理人承認通知書 (法300条): what they say.

Each heir is told by a paper of their own. It names the heirs with 続柄 and 相続分, and the representative's address
alone: not even that where the representative is under 支援措置 and the paper goes to another heir.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.papers.domain.paper_words import Addressee, Sender, Sheet, day, row_texts
from kofu.ledger.profile.domain.paper_forms import PaperForm
from kofu.ledger.recipients.domain.agents import AgentState, TaxAgent
from kofu.ledger.recipients.domain.heirs import Heir, HeirsState

VERSION = "v1"
UNTOLD = "（お知らせできません）"
VEHICLE_TAX = "軽自動車税（種別割）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Designation:
    """A 指定 that was decided. `reader`: the heir the paper goes to."""

    deceased: str
    died_on: date
    state: HeirsState
    heirs: tuple[Heir, ...]
    representative: Heir
    reader: Heir
    reason: str
    designated_on: date
    issued_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A 承認 of a 納税管理人. `number`: of the application."""

    number: int
    taxpayer: Addressee
    agent: TaxAgent
    filed_on: date
    approved_on: date
    issued_on: date


def share_words(share: Fraction) -> str:
    """Write 相続分 as papers do: 4分の1; 全部 for the whole."""
    return "全部" if share == 1 else f"{share.denominator}分の{share.numerator}"


def designation_notice(designation: Designation, sender: Sender) -> Sheet:
    """指定通知書 for one heir. Raises `OperatorFault` `not_designated`: a 届出 is no 指定."""
    if designation.state is not HeirsState.DESIGNATED:
        raise OperatorFault("not_designated", "a 指定通知書 is printed once the ward has designated a representative")
    ensure(designation.reader in designation.heirs, "a 指定通知書 goes to an heir")
    rows = [
        {
            "name": heir.name,
            "relation": heir.relation,
            "share": share_words(heir.share),
            "mark": "代表者" if heir == designation.representative else "",
        }
        for heir in designation.heirs
    ]
    reader = designation.reader
    addressee = Addressee(postal_code=reader.postal_code, address=reader.address, name=reader.name)
    texts = (
        addressee.texts()
        | sender.texts(PaperForm.DESIGNATION_NOTICE)
        | row_texts("heir", rows)
        | {
            "issued_on": day(designation.issued_on),
            "deceased": designation.deceased,
            "died_on": day(designation.died_on),
            "representative": designation.representative.name,
            "representative_address": designation.representative.address_for(reader) or UNTOLD,
            "designated_on": day(designation.designated_on),
            "reason": designation.reason,
        }
    )
    rows_of = {"heir": len(rows)}
    return Sheet(PaperForm.DESIGNATION_NOTICE, VERSION, texts, rows_of, designation.issued_on, sender.specimen)


def approval_notice(approval: Approval, sender: Sender) -> Sheet:
    """承認通知書 for the taxpayer. Raises `OperatorFault` `not_approved`: a 申告 needs and has no 承認."""
    agent = approval.agent
    if agent.state is not AgentState.APPROVED:
        raise OperatorFault("not_approved", "a 承認通知書 is printed once the ward has approved the 納税管理人")
    until = day(agent.valid_until) + "まで" if agent.valid_until else "変更または解任の届があるまで"
    resident = f"{sender.municipal_tax}・{sender.prefectural_tax}（森林環境税を含む）"
    taxes = [words for tax, words in ((Tax.RESIDENT, resident), (Tax.LIGHT_VEHICLE, VEHICLE_TAX)) if tax in agent.taxes]
    texts = (
        approval.taxpayer.texts()
        | sender.texts(PaperForm.APPROVAL_NOTICE)
        | {
            "number": f"納管 第{approval.number}号",
            "issued_on": day(approval.issued_on),
            "taxpayer": approval.taxpayer.name,
            "agent": agent.name,
            "agent_address": agent.address,
            "taxes": "、".join(taxes),
            "period": f"{day(agent.valid_from)}から{until}",
            "filed_on": day(approval.filed_on),
            "approved_on": day(approval.approved_on),
        }
    )
    return Sheet(PaperForm.APPROVAL_NOTICE, VERSION, texts, {}, approval.issued_on, sender.specimen)
