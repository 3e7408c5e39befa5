"""What a case (調査票) is about."""

from __future__ import annotations

from enum import StrEnum


class CaseKind(StrEnum):
    """Why somebody must look. Each kind is a thing that must never be answered by "it worked the second time" (P9)."""

    LAST_LOOK_MISMATCH = "last_look_mismatch"  # the finished paper did not say what the facts say
    RECHECK_MISMATCH = "recheck_mismatch"  # the nightly re-derivation came to another certificate
    REPLAY_MISMATCH = "replay_mismatch"  # a repeat could not be rebuilt byte for byte
    ID_REUSED = "id_reused"  # the same request id with another body
    ISSUE_FAULT = "issue_fault"  # an error of ours while issuing
    PRINT_UNKNOWN = "print_unknown"  # the centre does not know what became of the paper, or never said
    PRINT_CONTRADICTION = "print_contradiction"  # two reports that cannot both be true
    PRINT_INCONSISTENT = "print_inconsistent"  # a report that does not fit the request: copies, fee
    PRINT_UNREQUESTED = "print_unrequested"  # a report for a request that has no paper, or that nobody made
    HOLD_CONFLICT = "hold_conflict"  # the same revision of a hold said two different things
    HOLD_OF_ANOTHER = "hold_of_another"  # a revision from another sender, of another kind or on another target
    CENTER_ERROR = "center_error"  # the centre asks us to look (エラー確認)
