"""Events set aside in a file while the database cannot be written, sealed as their rows would be.

A line is a checksum and a row, in the order they came. A file belongs to the process that holds its lock; whoever
opens the ledger takes over the files of those that ended. A broken last line was never acknowledged, for the file is
synced before anything is; it is left out. Anything else that cannot be replayed is kept in a `.refused` file beside.
"""

from __future__ import annotations

import fcntl
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from api.ledger.chain import CONTENT, LATER, Value, content
from api.ledger.stored import Prepared

ENDING: Final = ".spill.jsonl"
WRITER: Final = "[0-9a-f]" * 16
"""A pattern that every writer fits."""
REFUSED: Final = ".refused"
CHECKED: Final = 16
"""Hexadecimal digits of a line's checksum."""

Broken: TypeAlias = bytes
"""A line that is not what was written."""


class Spill:
    """A file of events set aside, held by this process alone."""

    def __init__(self, path: Path) -> None:
        """Open the file, made where there is none, and hold it; `BlockingIOError` where another process does."""
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise
        self._length = os.fstat(self._file).st_size
        self.held: dict[str, Mapping[str, Value]] = {}
        """What this process set aside, by id."""

    def add(self, rows: Sequence[Prepared]) -> None:
        """Append rows and sync them, all or none."""
        block = b"".join(line_of(row) for row in rows)
        os.ftruncate(self._file, self._length)
        try:
            _write(self._file, block)
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._length)
            raise
        self._length += len(block)
        self.held.update((row.id, row.values) for row in rows)

    def rows(self) -> Iterator[Prepared | Broken]:
        """Yield what was set aside, in order; broken lines at the end are left out."""
        broken: list[Broken] = []
        with self.path.open("rb") as file:
            for line in file:
                row = _row(line)
                if row is None:
                    broken.append(line)
                    continue
                yield from broken
                broken.clear()
                yield row

    def refuse(self, lines: Sequence[bytes]) -> None:
        """Keep what cannot be replayed in a file beside, for people to look at."""
        file = os.open(self.path.with_name(self.path.name + REFUSED), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write(file, b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines))
            os.fsync(file)
        finally:
            os.close(file)

    def remove(self) -> None:
        """Delete the file, for all in it is in the ledger or kept beside."""
        self.path.unlink(missing_ok=True)
        os.close(self._file)

    def close(self) -> None:
        """Let go of the file; the next who opens the ledger replays it."""
        os.close(self._file)


class Spills:
    """The files of a ledger in a folder: those that are to be replayed, and the one that this process fills."""

    def __init__(self, folder: Path, ledger: str, writer: str) -> None:
        """Take over the files of processes that ended."""
        self.folder = folder
        self._own = folder / f"{ledger}.{writer}{ENDING}"
        self.waiting: list[Spill] = []
        for path in sorted(folder.glob(f"{_literal(ledger)}.{WRITER}{ENDING}")):
            self._take_over(path)
        self._filling: Spill | None = None

    def _take_over(self, path: Path) -> None:
        try:
            spill = Spill(path)
        except OSError:
            return
        if not path.exists():
            spill.close()
        else:
            self.waiting.append(spill)

    def held(self, id: str) -> Mapping[str, Value] | None:
        """Return the row of an event that this process set aside, or None."""
        return None if self._filling is None else self._filling.held.get(id)

    def add(self, rows: Sequence[Prepared]) -> None:
        """Set rows aside, all or none; `OSError` where they cannot be."""
        if not rows:
            return
        if self._filling is None:
            self._filling = Spill(self._own)
            self.waiting.append(self._filling)
            _sync_folder(self.folder)
        self._filling.add(rows)

    def done(self, spill: Spill) -> None:
        """Forget a file of which everything was replayed."""
        spill.remove()
        self.waiting.remove(spill)
        if spill is self._filling:
            self._filling = None

    def close(self) -> None:
        """Let go of all files."""
        for spill in self.waiting:
            spill.close()
        self.waiting.clear()


def line_of(row: Prepared) -> bytes:
    """Return the line of a row."""
    values = {name: _text(value) for name, value in row.values.items()}
    text = json.dumps(values, sort_keys=True, ensure_ascii=False).encode()
    return b'{"sum": "%b", "row": %b}\n' % (_checksum(text), text)


def _row(line: bytes) -> Prepared | None:
    """Return the row of a line, or None where it is broken."""
    start = len('{"sum": "') + CHECKED
    text = line[start + len('", "row": ') : -2]
    if line[:start] != b'{"sum": "%b' % _checksum(text) or line[-2:] != b"}\n":
        return None
    values = json.loads(text)
    found = {name: values[name] for name in CONTENT} | {name: values.get(name) for name in LATER}
    for name in ("body", *LATER):
        found[name] = None if found[name] is None else b64decode(found[name])
    return Prepared(found, content(found))


def _text(value: Value) -> str | int | None:
    """Return a value as JSON has it."""
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _checksum(text: bytes) -> bytes:
    return sha256(text).hexdigest()[:CHECKED].encode()


def _write(file: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file last through a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _literal(name: str) -> str:
    """Return a pattern that only this name fits."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
