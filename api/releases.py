"""Releases that this machine made before, kept by the content of their files, so that commands start at once."""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from api.writing import write_whole
from engine.release import Release, load_release, release_of

MOST = 32
"""How many releases are kept; those used longest ago go first."""
CODE = (Path(__file__).parent, *(Path(__file__).parent.parent / part for part in ("engine", "schemas")))
"""What the meaning of a kept release depends on, beside its files."""


@dataclass(slots=True)
class Taken:
    """A release in use, where it is kept, and how much of it is compiled there."""

    release: Release
    place: Path | None
    units: int


@contextmanager
def releases() -> Iterator[Callable[[Path], Release]]:
    """Yield what gives the release of the pack in a folder; what was made anew is kept at the end.

    What it gives raises `PolicyError` with all that is wrong with the pack.
    """
    taken: dict[Path, Taken] = {}

    def take(folder: Path) -> Release:
        if folder not in taken:
            taken[folder] = _taken(folder)
        return taken[folder].release

    yield take
    for one in taken.values():
        if one.place is not None and len(one.release.compiled.units) > one.units:
            with suppress(OSError):
                _keep(one.release, one.place)


def _taken(folder: Path) -> Taken:
    place = _place(folder)
    kept = None if place is None else _kept(place)
    if kept is not None:
        return Taken(kept, place, len(kept.compiled.units))
    return Taken(load_release(folder), place, -1)


def shelf() -> Path | None:
    """Return where releases are kept (LEEWAY_CACHE, else the user's own cache); None where that says `off`."""
    said = os.environ.get("LEEWAY_CACHE")
    if said == "off":
        return None
    return Path(said) if said else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leeway"


def _place(folder: Path) -> Path | None:
    """Return where the release of a pack is kept: by all that it is made of."""
    try:
        found = shelf()
        return None if found is None else found / f"{_content(folder)}.release"
    except (OSError, RuntimeError):
        return None


def _content(folder: Path) -> str:
    """Return the hash of how a pack is called, of its files and those of packs that it may use, and of leeway."""
    digest = hashlib.sha256(repr((folder.as_posix(), sys.version, _packages())).encode())
    for part in CODE:
        for path in sorted(part.rglob("*.py")):
            status = path.stat()
            digest.update(repr((path.as_posix(), status.st_mtime_ns, status.st_size)).encode())
    for path in _files(folder):
        content = path.read_bytes()
        digest.update(repr((path.as_posix(), len(content))).encode() + content)
    return digest.hexdigest()


def _packages() -> int:
    """Return when a package was last put in beside click."""
    return Path(click.__file__).parent.parent.stat().st_mtime_ns


def _files(folder: Path) -> list[Path]:
    """Return the files of a pack and of every pack beside it that its files, or theirs, mention."""
    beside = {path.name: path for path in folder.parent.iterdir() if path.is_dir()}
    files: list[Path] = []
    folders, seen = [folder], {folder.name}
    while folders:
        own = sorted(folders.pop().glob("*.yaml"))
        files += own
        text = b"\n".join(path.read_bytes() for path in own)
        mentioned = {name for name in beside.keys() - seen if name.encode() in text}
        folders += (beside[name] for name in sorted(mentioned))
        seen |= mentioned
    return files


def _kept(place: Path) -> Release | None:
    """Return the release kept at a place, or None where there is none that only this user could have put there."""
    try:
        status, around = place.stat(), place.parent.stat()
        private = all(one.st_uid == os.geteuid() and not one.st_mode & 0o022 for one in (status, around))
        if not private:
            return None
        with uncollected():
            policy, warnings, units = pickle.loads(place.read_bytes())  # noqa: S301 - only this user writes there
            os.utime(place)
            return release_of(policy, warnings, units)
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ImportError, pickle.PickleError):
        return None


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold back the garbage collector, which would go over what is being read again and again and find nothing."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _keep(release: Release, place: Path) -> None:
    """Keep a release, and no more than the newest."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = pickle.dumps((release.policy, release.warnings, dict(release.compiled.units)), protocol=5)
    write_whole(place, content)
    kept = sorted(place.parent.glob("*.release"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[MOST:]:
        old.unlink(missing_ok=True)
