"""Looks at the jobs that erase (保管と消去)."""

from __future__ import annotations

from datetime import timedelta

from kofu.evidence.domain.standing import EvidenceFinding, broken, fresh, holds
from kofu.evidence.ground import EvidenceGround
from kofu.platform.retention import last_runs, retention_rules

LONGEST = timedelta(days=2)


def jobs_ran(ground: EvidenceGround) -> EvidenceFinding:
    """Every job of this system that notes its runs ran in the last two days."""
    rules = [rule for rule in retention_rules() if rule.runs and rule.system == ground.system]
    with ground.open_database() as connection:
        runs = last_runs(connection)
    ran = {code: run.ran_at for code, run in runs.items()}
    late = [rule.what for rule in rules if not fresh(ran.get(rule.code), ground.now, LONGEST)]
    if late:
        return broken(f"この2日に動いていない消去の処理があります：{'、'.join(late)}。")
    return holds(f"消去の処理 {len(rules)} は、どれもこの2日に動きました。")
