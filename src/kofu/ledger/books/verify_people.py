"""What the checker knows of people: all numbers of a person, and whose debt 特別徴収 is. Statements of its own.

Nothing here is shared with the code that keeps it: which numbers mean one person is worked out anew, from the merges.
"""

from __future__ import annotations

#: Of every merged number, the numbers it reaches by merges that stand, in either direction: its person.
_PEOPLE = """
    WITH RECURSIVE standing AS (
        SELECT merge.municipality_code, merge.from_number, merge.into_number FROM addressee_merge AS merge
        JOIN addressee_merge_event AS approved ON approved.merge_id = merge.id AND approved.event = 'approved'
        LEFT JOIN addressee_merge_event AS undone ON undone.merge_id = merge.id AND undone.event = 'undone'
        WHERE undone.id IS NULL
    ), edge AS (
        SELECT municipality_code, from_number AS one, into_number AS other FROM standing
        UNION SELECT municipality_code, into_number, from_number FROM standing
    ), near AS (
        SELECT municipality_code, one AS number, one AS reached FROM edge
        UNION SELECT near.municipality_code, near.number, edge.other
        FROM near JOIN edge ON edge.municipality_code = near.municipality_code AND edge.one = near.reached
    ), person AS (
        SELECT municipality_code, number, min(reached) AS person FROM near GROUP BY municipality_code, number
    )
"""

#: (name, statement that counts what is checked, statement that gives the differences)
PEOPLE_CHECKS: list[tuple[str, str, str]] = [
    (
        "a merged number means one person and leads to who stands for it",
        "SELECT count(*) FROM addressee_merge",
        f"""
        {_PEOPLE}
        SELECT ROW(municipality_code, md5(from_number)), 1, count(survivor) FROM (
            SELECT standing.municipality_code, standing.from_number, survivor.into_number AS survivor
            FROM standing LEFT JOIN addressee_survivor AS survivor
                ON survivor.municipality_code = standing.municipality_code
                AND survivor.from_number = standing.from_number
        ) AS led GROUP BY municipality_code, from_number HAVING count(survivor) <> 1
        """,
    ),
    (
        "every notice of a merged number is stated under the number that stands for the person",
        "SELECT count(*) FROM stated_collections",
        f"""
        {_PEOPLE}
        SELECT notice_number, 'another number of the person', 'somebody else, or the merged number'
        FROM stated_collections AS stated
        JOIN person AS own ON own.municipality_code = stated.municipality_code AND own.number = stated.own_number
        LEFT JOIN person AS said ON said.municipality_code = stated.municipality_code
            AND said.number = stated.addressee_number
        WHERE said.person IS DISTINCT FROM own.person OR EXISTS (SELECT FROM standing
            WHERE standing.municipality_code = stated.municipality_code
            AND standing.from_number = stated.addressee_number)
        """,
    ),
    (
        "a hold in force stands at `issuing` under every number of the person",
        "SELECT count(*) FROM issuance_hold WHERE released_at IS NULL",
        f"""
        {_PEOPLE}
        SELECT hold.id, 'a message for each number', 'a number without one' FROM issuance_hold AS hold
        LEFT JOIN person AS own ON own.municipality_code = hold.municipality_code AND own.number = hold.addressee_number
        LEFT JOIN person AS every ON every.municipality_code = hold.municipality_code AND every.person = own.person
        WHERE hold.released_at IS NULL AND NOT EXISTS (SELECT FROM issuance_hold_message AS message
            WHERE message.hold_id = hold.id AND message.released_at IS NULL
            AND message.addressee_number = coalesce(every.number, hold.addressee_number))
        """,
    ),
    (
        "who is protected under one number is protected under all",
        "SELECT count(*) FROM taxpayer WHERE protected",
        f"""
        {_PEOPLE}
        SELECT md5(person.person), 'all', 'some' FROM person JOIN taxpayer
            ON taxpayer.municipality_code = person.municipality_code AND taxpayer.addressee_number = person.number
        GROUP BY person.municipality_code, person.person HAVING bool_or(protected) <> bool_and(protected)
        """,
    ),
    (
        "no 督促状 and no 充当 puts 特別徴収 upon the person",
        "SELECT count(*) FROM dunning_letter",
        """
        SELECT claim.id, 'nothing', 'a 督促状' FROM dunning_letter JOIN claim ON claim.id = dunning_letter.claim_id
        JOIN notice ON notice.id = claim.notice_id WHERE notice.collection_method IN ('salary', 'pension')
        UNION ALL
        SELECT claim.id, 'nothing', 'a 充当' FROM entry JOIN transfer ON transfer.entry_id = entry.id
        JOIN claim ON claim.id = transfer.claim_id JOIN notice ON notice.id = claim.notice_id
        WHERE entry.kind = 'appropriated' AND transfer.credit IN ('due', 'interest_due')
            AND notice.collection_method IN ('salary', 'pension')
        """,
    ),
]
