"""A held feed: two people look at its figures and release it, or one refuses it; the loader activates what is released.

Signing is the screens' and the commands' work, activating the loader's, under other rights. What is activated are the
very bytes that were judged: the import checks the digest of the manifest, and by it every file. A feed that a newer one
has overtaken meanwhile can only be refused.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from kofu.certificates.domain.findings import Signature, is_closed, require_finding
from kofu.contracts.feed import FeedKind
from kofu.core.errors import OperatorFault
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.feeds import feed_store, judged_feed_store
from kofu.issuing.feeds.domain.judged_feeds import JUDGED_FEED_LIFE, FeedEvent, FeedState
from kofu.issuing.feeds.judged_feed_store import JudgedFeed

WAITING = (FeedState.HELD, FeedState.RELEASED)
WAITING_MAX = 50


def waiting(connection: psycopg.Connection, municipality_code: str) -> tuple[JudgedFeed, ...]:
    """Give the feeds that wait for people or for the loader, the newest first."""
    return judged_feed_store.last_judged(connection, municipality_code, last=WAITING_MAX, states=WAITING)


def overtaken(connection: psycopg.Connection, feed: JudgedFeed) -> bool:
    """Tell whether a newer feed of the kind has become active since."""
    position = feed_store.position_of(connection, feed.municipality_code, FeedKind(feed.feed))
    return position.generation >= feed.feed_generation


def release_feed(
    connection: psycopg.Connection, acting: Acting, municipality_code: str, judged_id: int, signature: Signature
) -> bool:
    """Add one person's word that a held feed may serve; the second person's releases it. Whether it is released now.

    Raises `OperatorFault` where there is no such feed, it does not wait for a release, a newer one is active, or the
    finding cannot be taken.
    """
    with connection.transaction():
        feed = _moving(connection, municipality_code, judged_id, FeedEvent.RELEASE)
        if overtaken(connection, feed):
            raise OperatorFault("feed_overtaken", "a newer generation has become active; refuse this feed")
        signatures = judged_feed_store.signatures_of(connection, judged_id, FeedEvent.RELEASE)
        require_finding(signatures, signature)
        judged_feed_store.sign(connection, judged_id, FeedEvent.RELEASE, signature, acting.clock())
        released = is_closed((*signatures, signature))
        if released:
            judged_feed_store.move(connection, judged_id, FeedState.RELEASED, acting.clock())
        _record(connection, acting, feed, "feed.release", "released" if released else "signed", signature)
    return released


def reject(
    connection: psycopg.Connection, acting: Acting, municipality_code: str, judged_id: int, signature: Signature
) -> None:
    """Refuse a held or released feed with a reason, by one person: it is never activated. Raises `OperatorFault`."""
    with connection.transaction():
        feed = _moving(connection, municipality_code, judged_id, FeedEvent.REJECT)
        require_finding((), signature)
        judged_feed_store.sign(connection, judged_id, FeedEvent.REJECT, signature, acting.clock())
        judged_feed_store.move(connection, judged_id, FeedState.REJECTED, acting.clock())
        _record(connection, acting, feed, "feed.reject", "rejected", signature)


def released_folders(connection: psycopg.Connection, municipality_code: str) -> tuple[Path, ...]:
    """Give the folders of the released feeds that no newer one has overtaken, the oldest first: the loader's work."""
    found = judged_feed_store.last_judged(connection, municipality_code, last=WAITING_MAX, states=(FeedState.RELEASED,))
    return tuple(Path(feed.folder) for feed in reversed(found) if not overtaken(connection, feed))


def _moving(connection: psycopg.Connection, municipality_code: str, judged_id: int, event: FeedEvent) -> JudgedFeed:
    feed = judged_feed_store.read_judged(connection, municipality_code, judged_id, lock=True)
    if feed is None:
        raise OperatorFault("no_such_feed", f"there is no judged feed {judged_id}")
    JUDGED_FEED_LIFE.after(feed.stands, event)
    return feed


def _record(  # noqa: PLR0917 - what an entry says
    connection: psycopg.Connection, acting: Acting, feed: JudgedFeed, action: str, result: str, signature: Signature
) -> None:
    detail: dict[str, str | int] = {
        "judged_feed": feed.id,
        "feed": feed.feed,
        "feed_generation": feed.feed_generation,
        "manifest_sha256": feed.manifest_sha256,
    }
    acting.record(connection, action, result, actor=signature.by, detail=detail)
