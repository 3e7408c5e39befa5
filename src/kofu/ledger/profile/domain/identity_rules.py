"""Which papers show who somebody is at the counter (本人確認)."""

from __future__ import annotations

from dataclasses import dataclass

from kofu.core.kinds import CertificateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRule:
    """本人確認: documents with a photo, of which one is enough, and how many of the others are needed."""

    with_photo: frozenset[str]
    without_photo: frozenset[str]
    without_photo_needed: int

    def sufficed_by(self, shown: tuple[str, ...]) -> bool:
        """Say whether what was shown is enough. The same kind shown twice counts once."""
        others = self.without_photo.intersection(shown)
        return bool(self.with_photo.intersection(shown)) or len(others) >= self.without_photo_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRules:
    """What the municipality decided for its counters. `no_mandate_kinds`: kinds an agent needs no 委任状 for."""

    identity: IdentityRule
    copies_max: int
    no_mandate_kinds: frozenset[CertificateKind]
