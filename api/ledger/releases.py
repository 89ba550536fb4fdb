"""Releases that went live, kept by content: the files of the pack and of those it uses, to decide again by them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, exists, insert, select, update
from sqlalchemy.exc import DBAPIError

from api.ledger.connecting import reason
from api.ledger.findings import Finding
from api.ledger.opening import Ledger
from api.ledger.packing import Broken, packed, unpacked
from api.ledger.problems import LedgerProblem, LedgerUnavailable
from api.ledger.reading import Query, Reader, Transaction
from api.ledger.tables import events, releases
from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.packs.load import load_pack
from engine.memory.moments import moment_at
from engine.release import Release, load_release
from schemas.events import ReleaseEvent
from schemas.request import Agent

MOST: Final = 16
"""Releases that this process holds ready."""
Load: TypeAlias = Callable[[Path], Release]
"""Gives the release of the pack in a folder."""
_ready: Final[OrderedDict[str, Release]] = OrderedDict()
_lock: Final = threading.Lock()


class ReleaseChanged(LedgerProblem):
    """The files of a pack changed while they were read."""

    code = "release-changed"

    def __init__(self, folder: Path) -> None:
        """Name the pack."""
        super().__init__(f"the files of pack `{folder.name}` changed while they were read; try again")


class UnknownRelease(LedgerProblem):
    """A release that the ledger does not hold."""

    code = "unknown-release"

    def __init__(self, hash: str) -> None:
        """Keep its hash."""
        super().__init__(f"release `{hash}` is not in the ledger: it never went live here; activate its pack first")


class NeverLive(LedgerProblem):
    """A moment at which no release of a pack was live."""

    code = "never-live"

    def __init__(self, pack: str, first: datetime | None) -> None:
        """Name the pack, and say when it went live first."""
        when = (
            "never went live here"
            if first is None
            else f"went live first on {first.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )
        super().__init__(f"no release of pack `{pack}` was live then: it {when}; name a later day, or a release's hash")


class OtherPack(LedgerProblem):
    """A release of another pack than the one that answers."""

    code = "other-pack"

    def __init__(self, hash: str, its: str, pack: str) -> None:
        """Name the release, and both packs."""
        super().__init__(
            f"release `{hash}` is one of pack `{its}`, and pack `{pack}` answers; name one of its releases"
        )


class ReleaseBroken(LedgerProblem):
    """A release whose files are not those of its hash."""

    code = "release-broken"
    status = 500

    def __init__(self, hash: str) -> None:
        """Keep its hash."""
        super().__init__(
            f"what the ledger holds as release `{hash}` is something else; it was changed, and is not used"
        )


def keep_release(ledger: Ledger, folder: Path, at: datetime) -> str:
    """Keep the files of the pack in a folder, and of those it uses; return the release's hash.

    A pack that is wrong is a `PolicyError`, and is not kept. What is kept already stays, unless it was changed.
    """
    return _kept(ledger, folder, at).policy.pack.release


def activate(ledger: Ledger, folder: Path, at: datetime, agent: Agent, load: Load = load_release) -> Release:
    """Keep the release of the pack in a folder, and record that it is live from now on; return it.

    Where the release that is live for the pack is this one already, nothing is recorded. `load` gives the release of a
    folder, or raises `PolicyError`.
    """
    release = _kept(ledger, folder, at, load)
    hash, pack = release.policy.pack.release, release.policy.pack.header.name

    def work(transaction: Transaction) -> list[ReleaseEvent]:
        before = live_now(transaction, pack)
        if before is not None and before.release == hash:
            return []
        told = "|".join((pack, hash, at.isoformat(), "" if before is None else before.id))
        id = f"release-{sha256(told.encode()).hexdigest()[:32]}"
        return [ReleaseEvent(id=id, at=at, pack=pack, agent=agent, release=hash)]

    ledger.transact(work)
    return release


def kept_release(ledger: Ledger, hash: str) -> Release:
    """Return a release by its hash; `UnknownRelease` where it is not kept, `ReleaseBroken` where it was changed."""
    ready = _held(hash)
    if ready is not None:
        return ready
    with _said(), ledger.database.reading.connect() as connection:
        content = _content(connection, hash)
    if content is None:
        raise UnknownRelease(hash)
    return _hold(_loaded(hash, content))


def live_at(ledger: Ledger, pack: str, moment: int) -> str:
    """Return the hash of the release that was live for a pack at a moment, in microseconds since 1970.

    Raises `NeverLive` where none was yet.
    """
    first = live = None
    for stored in ledger.events(Query(kinds=("release_activated",), pack=pack)):
        event = stored.event
        assert isinstance(event, ReleaseEvent)
        first = event if first is None or event.at < first.at else first
        if moment_at(event.at) <= moment and (live is None or live.at <= event.at):
            live = event
    if live is None:
        raise NeverLive(pack, None if first is None else first.at)
    return live.release


def live_now(reader: Reader, pack: str) -> ReleaseEvent | None:
    """Return what made the release live that is so for a pack; None where none ever was."""
    live = None
    for stored in reader.events(Query(kinds=("release_activated",), pack=pack)):
        if isinstance(stored.event, ReleaseEvent):
            live = stored.event
    return live


def unsound(connection: Connection) -> Iterator[Finding]:
    """Yield the releases whose files are not those of their hash, and those that went live and are not there."""
    for hash in connection.execute(select(releases.c.hash)).scalars().all():
        if not _holds(hash, _content(connection, hash)):
            yield Finding("release-broken", f"the files of release `{hash}` are not what was kept")
    there = exists().where(releases.c.hash == events.c.subject)
    live = select(events.c.subject).where(events.c.kind == "release_activated", ~there).distinct()
    for hash in connection.execute(live).scalars():
        yield Finding("release-missing", f"release `{hash}` went live, and is not kept")


def _kept(ledger: Ledger, folder: Path, at: datetime, load: Load = load_release) -> Release:
    """Return the release of the pack in a folder, kept."""
    here = folder if folder.name not in ("", "..") else folder.resolve()
    release = load(here)
    pack = release.policy.pack
    content = packed(here, [here.parent / one.name for one in pack.used])
    with _said():
        with ledger.database.reading.connect() as connection:
            kept = _content(connection, pack.release)
        if kept == content or _holds(pack.release, kept):
            return _held(pack.release) or _hold(release)
        if not _holds(pack.release, content):
            raise ReleaseChanged(folder)
        row = {"hash": pack.release, "pack": pack.header.name, "content": content, "stored": moment_at(at)}
        with ledger.database.writing.begin() as connection:
            _store(connection, row)
    return _hold(release)


def _store(connection: Connection, row: dict[str, Any]) -> None:
    """Write a release, in the place of one of its hash that was changed."""
    if _content(connection, row["hash"]) is None:
        connection.execute(insert(releases), row)
    else:
        connection.execute(update(releases).where(releases.c.hash == row["hash"]).values(content=row["content"]))


def _loaded(hash: str, content: bytes) -> Release:
    """Return the release of what was packed, checked as any other; it must be the one of this hash."""
    try:
        with unpacked(content) as folder:
            release = load_release(folder)
    except Broken as error:
        raise ReleaseBroken(hash) from error
    if release.policy.pack.release != hash:
        raise ReleaseBroken(hash)
    return release


def _holds(hash: str, content: bytes | None) -> bool:
    """Return whether what was packed is the release of this hash; its files are read, and no more."""
    try:
        with unpacked(content or b"") as folder:
            return load_pack(folder, Diagnostics()).release == hash
    except (Broken, PolicyError):
        return False


def _content(connection: Connection, hash: str) -> bytes | None:
    content = connection.execute(select(releases.c.content).where(releases.c.hash == hash)).scalar()
    return None if content is None else bytes(content)


def _held(hash: str) -> Release | None:
    with _lock:
        if hash in _ready:
            _ready.move_to_end(hash)
        return _ready.get(hash)


def _hold(release: Release) -> Release:
    """Keep a release ready for the next who asks, and few others."""
    with _lock:
        _ready[release.policy.pack.release] = release
        while len(_ready) > MOST:
            _ready.popitem(last=False)
    return release


@contextmanager
def _said() -> Iterator[None]:
    """Say that the ledger cannot be used now, as it does itself."""
    try:
        yield
    except DBAPIError as error:
        raise LedgerUnavailable(reason(error)) from error
