"""The packs that are live: each a whole release at a time, taken anew from its files when they are right."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from api.ledger.opening import Ledger
from api.ledger.releases import ReleaseBroken, UnknownRelease, activate, kept_release, live_now
from api.serving.desk import Desk
from api.serving.folders import content
from engine.language.diagnostics import Diagnostic, Diagnostics, PolicyError, Severity
from engine.language.packs.load import load_pack
from engine.language.packs.pack import Pack
from engine.release import Release
from schemas.request import Agent

Folders = Callable[[], Mapping[str, Path]]
"""Gives the folder of each pack that is to be served, by name."""
LOG: Final = logging.getLogger(__name__)
SHOWN: Final = 5
"""Findings that the log names."""


@dataclass(frozen=True, slots=True)
class State:
    """How it stands with a pack: what is live of it, and what is wrong with its newest files."""

    release: Release | None
    since: datetime | None
    wrong: tuple[Diagnostic, ...] = ()
    folder: Path = Path()
    seen: bytes = b""
    """What tells the files that the release was made of from others; empty where they are wrong."""

    @property
    def name(self) -> str:
        """Return the name of the pack, which is that of its folder where nothing of it is live."""
        return self.folder.name if self.release is None else self.release.policy.pack.header.name


class LivePacks:
    """Desks by the name of their pack, states by that of its folder.

    Who took a desk keeps its release until they are done. A pack that was live once stays live, whatever becomes of
    its folder.
    """

    def __init__(self, ledger: Ledger, folders: Folders, clock: Callable[[], datetime], compiled: bool = True) -> None:
        """Keep where packs are; `reload` takes them, `compiled` whole, so that the first who ask need not wait."""
        self._ledger, self._folders, self._clock, self._compiled = ledger, folders, clock, compiled
        self._lock = threading.Lock()
        self.states: Mapping[str, State] = MappingProxyType({})
        self.desks: Mapping[str, Desk] = MappingProxyType({})

    def reload(self) -> bool:
        """Make live what the files hold now; return whether all of it was right.

        A pack that is wrong stays as it was; where it was not served yet, the release that was live last is, by the
        ledger. Raises `LedgerProblem` where the ledger cannot be read or written, and changes nothing then.
        """
        with self._lock:
            lying = {name: state.folder for name, state in self.states.items() if state.release is not None}
            states: dict[str, State] = {}
            for name, folder in {**lying, **self._folders()}.items():
                if (state := self._taken(name, folder, states)) is not None:
                    states[name] = state
            desks = {
                state.name: self._desk(state.release)
                for state in reversed(states.values())
                if state.release is not None
            }
            before, self.states = self.states, MappingProxyType(states)
            self.desks = MappingProxyType(desks)
        for name, state in states.items():
            _tell(name, before.get(name), state)
        return not any(state.wrong for state in states.values())

    def state(self, pack: str) -> State | None:
        """Return how it stands with a pack, by its own name; None where there is none."""
        return next((state for state in self.states.values() if state.name == pack), None)

    def _desk(self, release: Release) -> Desk:
        """Return the desk of a release."""
        if self._compiled:
            release.compiled.complete()
        return Desk(self._ledger, release, partial(kept_release, self._ledger))

    def _taken(self, name: str, folder: Path, others: Mapping[str, State]) -> State | None:
        """Return the state of a pack; None for one that has no actions, and so nothing to decide."""
        before = self.states.get(name, State(None, None))
        if before.release is not None and before.seen == _seen(before.release.policy.pack, folder):
            return replace(before, folder=folder)
        try:
            own = _seen(None, folder)
            pack = load_pack(folder, Diagnostics())
            if not pack.actions and before.release is None:
                return None
            _servable(pack, others)
            return self._activated(pack, folder, own)
        except PolicyError as problem:
            known = self._last(folder) if before.release is None else before
            wrong = tuple(one for one in problem.diagnostics if one.severity is Severity.ERROR)
            return replace(known, folder=folder, wrong=wrong, seen=b"")

    def _activated(self, pack: Pack, folder: Path, own: bytes | None) -> State:
        """Return the state of a pack whose files are right, and live from now on.

        `own` is what told the pack's own files from others before they were read.
        """
        seen = _seen(pack, folder)
        live = live_now(self._ledger, pack.header.name)
        release = None if live is None or live.release != pack.release else self._kept(live.release)
        if release is None:
            release = activate(self._ledger, folder, self._clock(), Agent())
            live = live_now(self._ledger, release.policy.pack.header.name)
        # What was changed while it was read is read again the next time.
        same = release.policy.pack.release == pack.release and _seen(None, folder) == own
        return State(release, None if live is None else live.at, folder=folder, seen=(seen or b"") if same else b"")

    def _last(self, folder: Path) -> State:
        """Return the state of a pack by the release that was live last; its files are wrong."""
        live = live_now(self._ledger, folder.name)
        release = None if live is None else self._kept(live.release)
        return State(release, None if live is None or release is None else live.at)

    def _kept(self, hash: str) -> Release | None:
        """Return a release as the ledger keeps it; None where it does not, or holds something else."""
        try:
            return kept_release(self._ledger, hash)
        except (ReleaseBroken, UnknownRelease) as problem:
            LOG.error("%s", problem)
            return None


def _seen(pack: Pack | None, folder: Path) -> bytes | None:
    """Return what tells the files of a pack from others, those it uses too where it is known; None: unreadable."""
    try:
        return content(folder, () if pack is None else (one.name for one in pack.used))
    except OSError:
        return None


def _servable(pack: Pack, others: Mapping[str, State]) -> None:
    """Raise `PolicyError` where another folder holds a pack of the same name, or nothing can be asked of the pack."""
    header = pack.header
    if any(other.release is not None and other.name == header.name for other in others.values()):
        message = f"another folder holds a pack `{header.name}` already"
        raise PolicyError((Diagnostic(header.mark, "name-clash", message, "give each its own name"),))
    if not pack.actions:
        message = "the pack has no actions any more, so there is nothing to decide"
        raise PolicyError((Diagnostic(header.mark, "not-a-pack", message, "to serve it no longer, start anew"),))


def _tell(name: str, before: State | None, state: State) -> None:
    """Log what became of a pack."""
    if state.wrong and (before is None or before.wrong != state.wrong):
        live = "nothing of it" if state.release is None else state.release.policy.release
        found = [str(one) for one in state.wrong[:SHOWN]]
        LOG.warning("the files of pack `%s` are wrong, %s stays live: %s", name, live, found)
    elif state.release is not None and not state.wrong and (before is None or before.seen != state.seen):
        LOG.info("pack `%s` is live: %s", name, state.release.policy.release)
