"""Drafts of packs: what is wrong with them, found by a process of its own, and nothing of them kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from schemas.packs import Finding

PATIENCE: Final = 60
"""Seconds that a check may take by the clock, its turn included."""
KEPT: Final = ("PATH", "PYTHONPATH", "LANG", "TZ")
"""What the process is told of the environment: nothing that is secret."""
FINDINGS: Final = TypeAdapter(tuple[Finding, ...])
ANSWERED: Final = (0, 1)
"""Exit statuses of a check that came to its end."""
_turn: Final = threading.Lock()


class DraftTooLarge(Exception):
    """Checking a draft takes more time or memory than there is for it."""


class DraftsWait(Exception):
    """Another draft is being checked, and takes long."""


def checked(name: str, files: Mapping[str, str], beside: Mapping[str, Path]) -> tuple[Finding, ...]:
    """Return all that is to say about the pack of these files, as `leeway check` has it.

    `beside` are the folders of the packs that it may use. Raises `DraftTooLarge`, and `DraftsWait` where it is not its
    turn soon.
    """
    with _taken_turn(), tempfile.TemporaryDirectory(prefix="leeway-draft-") as root:
        for other, folder in beside.items():
            (Path(root) / other).symlink_to(folder.resolve())
        for file, text in files.items():
            place = Path(root) / name / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode(errors="surrogatepass"))
        return FINDINGS.validate_json(_printed(name, root))


@contextmanager
def _taken_turn() -> Iterator[None]:
    """Have one draft checked at a time, for each keeps a processor busy."""
    if not _turn.acquire(timeout=PATIENCE / 4):
        raise DraftsWait
    try:
        yield
    finally:
        _turn.release()


def _printed(name: str, root: str) -> bytes:
    """Return what a check prints about a pack of the folder; raise `DraftTooLarge` where it does not get so far."""
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    environment |= {"LEEWAY_CACHE": "off", "HOME": root, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and a name that is no option
            [sys.executable, "-P", "-m", "api.serving.confined", name],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DraftTooLarge from None
    if done.returncode not in ANSWERED or b"MemoryError" in done.stderr:
        raise DraftTooLarge
    return done.stdout
