"""Looks at what the data-entry contractor certified as erased, of what it was handed (パンチ委託の送付)."""

from __future__ import annotations

from kofu.evidence.domain.standing import EvidenceFinding, broken, holds
from kofu.evidence.ground import EvidenceGround
from kofu.ledger.deliveries.erasure_proofs import awaited_proofs


def erased_in_time(ground: EvidenceGround) -> EvidenceFinding:
    """No delivery is over for longer than the contractor has to certify that its data are gone."""
    with ground.open_database() as connection:
        awaited = awaited_proofs(connection, ground.profile.code)
    late = sum(one.is_late(ground.today) for one in awaited)
    if late:
        return broken(f"消去証明書の期限を過ぎた送付が {late} あります。")
    return holds(f"消去証明書を待つ送付は {len(awaited)} です。期限を過ぎたものはありません。")
