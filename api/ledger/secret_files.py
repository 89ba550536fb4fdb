"""Files that only their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def made_once(path: Path, make: Callable[[], bytes]) -> bool:
    """Make a file where there is none, and return whether this did it, however many processes try at once."""
    if path.exists():
        return False
    with _beside(path, make()) as written:
        try:
            os.link(written, path)
        except FileExistsError:
            return False
    _sync_folder(path.parent)
    return True


def replaced(path: Path, content: bytes) -> None:
    """Put a file in the place of the one that is there."""
    with _beside(path, content) as written:
        written.replace(path)
    _sync_folder(path.parent)


def kept_private(path: Path) -> None:
    """Have a file that only its owner may read, empty where there is none.

    One that is there is not opened: to close a file of SQLite takes all locks from this process that SQLite holds on it
    elsewhere in it. Another process then takes away the log in which what this one writes is kept.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        with suppress(PermissionError):
            path.chmod(0o600)


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """Give a file of this content beside its place, of mode 0600, for as long as it is needed."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the names of files last through a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
