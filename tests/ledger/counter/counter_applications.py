"""Applications typed in at the counter."""

from __future__ import annotations

import re

import psycopg

HIDDEN = re.compile(r'name="(seen|application_id)" value="([^"]+)"')


def with_purpose(client, address: str) -> str:
    """Get a page about a person, giving the purpose where it is asked for."""
    answer = client.get(address)
    if answer.status_code == 302:
        client.post(answer["Location"], {"purpose": "certificate"})
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def number_of(connection: psycopg.Connection, addressee: str) -> int:
    return connection.execute("SELECT id FROM taxpayer WHERE addressee_number = %s", [addressee]).fetchone()[0]


def applied(client, person_id: int, **changes: object) -> str:
    """Fill the form in and give the address of the application."""
    address = f"/certificates/{person_id}/apply/"
    form = dict(HIDDEN.findall(with_purpose(client, address)))
    filled = {
        "application_id": form["application_id"], "kind": "taxation", "years": ["2026"], "copies": "1",
        "applicant": "self", "identity": ["passport"], "purpose": "school", **changes,
    }  # fmt: skip
    answer = client.post(address, filled)
    assert answer.status_code == 302, re.findall(r'class="error"[^>]*>([^<]+)', answer.content.decode())
    return str(answer["Location"])
