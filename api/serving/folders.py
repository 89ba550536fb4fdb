"""Where the packs that are served lie, and whether their files changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

USES: Final = re.compile(rb"^uses:[^\n]*(?:\n(?:[ \t#-][^\n]*)?)*", re.MULTILINE)
"""What a policy file says of the packs that it uses, up to its next key; read even where the rest is wrong."""
COMMENT: Final = re.compile(rb"#[^\n]*")
NAME: Final = re.compile(rb"[\w-]+")


def places(packs: str) -> list[Path]:
    """Return the folders in which packs lie, those first that count more."""
    return [Path(place) for place in packs.split(os.pathsep) if place]


def lying(packs: str) -> dict[str, Path]:
    """Return the folder of each pack that lies in one of the folders, by name."""
    return {folder.name: folder for place in reversed(places(packs)) for folder in _packs(place)}


def served(packs: str, serve: str) -> dict[str, Path]:
    """Return the folder of each pack that is to be served, by name.

    Those that `serve` names, whether they are there or not; where it names none, all but those that others use.
    """
    there = lying(packs)
    wanted = [name.strip() for name in serve.split(",") if name.strip()]
    if wanted:
        return {name: there.get(name, Path(*places(packs)[:1], name)) for name in wanted}
    used = {name for own, folder in there.items() for name in _used(folder) if name != own}
    return {name: folder for name, folder in there.items() if name not in used}


def content(folder: Path, used: Iterable[str]) -> bytes:
    """Return what tells the files of a pack, and of the packs beside it that it uses, from any others."""
    digest = hashlib.sha256()
    for each in (folder, *(folder.parent / name for name in sorted(used))):
        for path in sorted(each.glob("*.yaml")):
            text = path.read_bytes()
            digest.update(repr((each.name, path.name, len(text))).encode() + text)
    return digest.digest()


def _packs(place: Path) -> list[Path]:
    """Return the folders in a place that hold policy files."""
    if not place.is_dir():
        return []
    return [folder for folder in sorted(place.iterdir()) if folder.is_dir() and any(folder.glob("*.yaml"))]


def _used(folder: Path) -> set[str]:
    """Return the names of the packs that a pack says it uses."""
    said = [found for path in folder.glob("*.yaml") if path.is_file() for found in USES.findall(path.read_bytes())]
    return {name.decode() for one in said for name in NAME.findall(COMMENT.sub(b"", one).removeprefix(b"uses:"))}
