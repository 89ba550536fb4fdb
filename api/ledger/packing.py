"""The files of a pack and of those it uses as one piece of content, and that as files again."""

from __future__ import annotations

import binascii
import json
import tempfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FORM: Final = 1
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of the files of a pack, and of those it uses, once unpacked."""


class Broken(ValueError):
    """Content that is not what was packed."""


def packed(folder: Path, used: Iterable[Path]) -> bytes:
    """Return the files of the pack in a folder, and in those that it uses: the same files give the same content."""
    files = {
        f"{each.name}/{path.name}": b64encode(path.read_bytes()).decode()
        for each in (folder, *used)
        for path in each.glob("*.yaml")
    }
    said = json.dumps({"form": FORM, "pack": folder.name, "files": files}, sort_keys=True)
    return zlib.compress(said.encode(), 9)


@contextmanager
def unpacked(content: bytes) -> Iterator[Path]:
    """Give the folder of the pack, with its files and beside it those it uses, for as long as it is read."""
    pack, files = _read(content)
    with tempfile.TemporaryDirectory(prefix="leeway-release-") as root:
        for (folder, name), held in files.items():
            place = Path(root) / folder
            place.mkdir(exist_ok=True)
            (place / name).write_bytes(held)
        yield Path(root) / pack


def _read(content: bytes) -> tuple[str, dict[tuple[str, str], bytes]]:
    """Return the name of a pack, and the files by folder and name; names that lead elsewhere are refused."""
    try:
        said = json.loads(_expanded(content))
        if said["form"] != FORM:
            raise Broken("it is of a form that a newer Leeway packed")
        files = {
            (_plain(path.split("/")[0]), _plain(path.split("/", 1)[1])): b64decode(text, validate=True)
            for path, text in said["files"].items()
        }
        return _plain(said["pack"]), files
    except (zlib.error, binascii.Error, ValueError, TypeError, LookupError, AttributeError) as error:
        raise Broken("it is not what was packed") from error


def _expanded(content: bytes) -> bytes:
    expander = zlib.decompressobj()
    said = expander.decompress(content, LARGEST)
    if not expander.eof or expander.unused_data:
        raise Broken("it is too large, or cut off")
    return said


def _plain(name: str) -> str:
    """Return a name that stays within its folder."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise Broken("a name leads elsewhere")
    return name
