"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that nobody ever reads half of it; its mode is kept."""
    with whole(path) as file:
        file.write(content)


@contextmanager
def whole(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield a file that comes to its place when all is written; of one that is there, the mode is kept."""
    mode = path.stat().st_mode & 0o777 if path.exists() else mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
