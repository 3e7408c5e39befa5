"""指定通知書 and 承認通知書 as PDF, from what is on record; each on the list of what was sent where."""

from __future__ import annotations

from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.papers.domain.paper_words import Addressee
from kofu.ledger.papers.press import PaperPress, sender_of
from kofu.ledger.profile.domain.paper_forms import PaperForm
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.ledger.recipients.domain.papers import Approval, Designation, approval_notice, designation_notice
from kofu.ledger.recipients.domain.recipients import Recipient, RecipientReason, RecipientRole
from kofu.ledger.recipients.outgoing import put_on_record
from kofu.ledger.recipients.read_recipients import addressee_of_agent, addressee_of_inheritance, standing_of


def print_designation(
    connection: psycopg.Connection,
    inheritance_id: UUID,
    position: int,
    *,
    profile: Profile,
    rules: PaperRules,
    press: PaperPress,
    acting: Acting,
) -> bytes:
    """Make the 指定通知書 for the heir at `position`.

    Raises `OperatorFault` `no_such_inheritance`, `not_designated`, and what `PaperPress.pdf` raises.
    """
    with connection.transaction():
        number = addressee_of_inheritance(connection, profile.code, inheritance_id)
        standing = standing_of(connection, profile.code, number)
        heirs = standing.heirs
        if heirs is None or heirs.inheritance_id != inheritance_id or heirs.chosen is None or heirs.since is None:
            raise OperatorFault("not_designated", "these heirs have no designated representative now")
        if not 0 <= position < len(heirs.heirs):
            raise OperatorFault("no_such_inheritance", "there is no such heir")
        today, reader = day_in_japan(acting.now), heirs.heirs[position]
        designation = Designation(
            deceased=standing.person.name,
            died_on=heirs.died_on,
            state=heirs.state,
            heirs=heirs.heirs,
            representative=heirs.heirs[heirs.chosen],
            reader=reader,
            reason=next((one.reason for one in reversed(heirs.events) if one.event == "propose"), ""),
            designated_on=heirs.since,
            issued_on=today,
        )
        recipient = Recipient(
            name=reader.name,
            capacity="",
            taxpayer=standing.person.name,
            postal_code=reader.postal_code,
            address=reader.address,
            role=RecipientRole.HEIR,
            why=RecipientReason.NOTICE_TO_HEIR,
        )
        pdf = press.pdf(designation_notice(designation, sender_of(profile, rules, today)))
        put_on_record(
            connection,
            profile.code,
            number,
            PaperForm.DESIGNATION_NOTICE,
            recipient,
            reference=f"相続人 {position + 1}",
            acting=acting,
        )
    return pdf


def print_approval(
    connection: psycopg.Connection,
    agent_id: UUID,
    *,
    profile: Profile,
    rules: PaperRules,
    press: PaperPress,
    acting: Acting,
) -> bytes:
    """Make the 承認通知書 of a 納税管理人, to the taxpayer at their own address.

    Raises `OperatorFault` `no_such_tax_agent`, `not_approved`, and what `PaperPress.pdf` raises.
    """
    with connection.transaction():
        number = addressee_of_agent(connection, profile.code, agent_id)
        standing = standing_of(connection, profile.code, number)
        found = next(one for one in standing.agents if one.agent_id == agent_id)
        approved = next((one for one in found.events if one.event == "approve"), None)
        if approved is None:
            raise OperatorFault("not_approved", "a 承認通知書 is printed once the ward has approved the 納税管理人")
        today, person = day_in_japan(acting.now), standing.person
        approval = Approval(
            number=found.number,
            taxpayer=Addressee(postal_code=person.postal_code, address=person.address, name=person.name),
            agent=found.agent,
            filed_on=found.filed_on,
            approved_on=approved.effective_on,
            issued_on=today,
        )
        recipient = Recipient(
            name=person.name,
            capacity="",
            taxpayer=person.name,
            postal_code=person.postal_code,
            address=person.address,
            role=RecipientRole.PERSON,
            why=RecipientReason.OWN_ADDRESS,
        )
        pdf = press.pdf(approval_notice(approval, sender_of(profile, rules, today)))
        put_on_record(
            connection,
            profile.code,
            number,
            PaperForm.APPROVAL_NOTICE,
            recipient,
            reference=f"納管 {found.number}",
            acting=acting,
        )
    return pdf
