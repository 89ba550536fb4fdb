"""The examples of the documentation: the blocks of its pages, and what its console examples print.

`python -m api.examples` runs every console example and writes what came out into the pages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
FENCE: Final = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED: Final = ("rules", "docs/examples", "simulations/telecom")
"""What a page's examples find in the folder that they run in."""
ANY_LINES: Final = "..."
"""A line of output that stands for any lines."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its language, the words after it, its text, and the line that it begins on."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    def word(self, key: str) -> str:
        """Return what `key=` says after the language, or nothing."""
        return next((one.partition("=")[2] for one in self.words if one.startswith(f"{key}=")), "")


@dataclass(frozen=True, slots=True)
class Example:
    """A command and what it prints."""

    command: str
    output: str

    def matches(self, printed: str) -> bool:
        """Return whether the command may print this; `...` on a line is any lines, inside a line anything."""
        lines = [re.escape(line).replace(r"\.\.\.", ".*") + "\n" for line in self.output.splitlines()]
        wanted = "".join(r"(?:.*\n)*?" if line == ".*\n" else line for line in lines)
        return re.fullmatch(wanted, printed) is not None


def pages() -> list[Path]:
    """Return the pages that are written by hand."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found[1], tuple(found[2].split()), found[3], line)


def examples(block: str) -> Iterator[Example]:
    """Yield the commands of a console block; lines that begin with `> ` go on with one."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command = re.match(r".*\n(?:> .*\n)*", part)
        assert command is not None
        yield Example(command[0].rstrip("\n"), part[command.end() :])


class Desk:
    """A folder with the packs and the files of examples, in which a page's commands run one after the other."""

    def __init__(self, folder: Path) -> None:
        """Copy what examples read into an empty folder."""
        self.folder = folder
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name)

    def run(self, command: str) -> str:
        """Return what a command prints, errors included, in the order printed."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(self.folder), "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(  # noqa: S603 - the commands are those of our own pages
            [shutil.which("bash") or "/bin/bash", "-c", command.replace("\n> ", "\n")],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return re.sub(r"[ \t]+$", "", done.stdout, flags=re.MULTILINE)


def refreshed(text: str, desk: Desk) -> str:
    """Return a page with what its console examples print now; what still matches stays as it is."""

    def written(found: re.Match[str]) -> str:
        if found[1] != "console":
            return found[0]
        parts = []
        for one in examples(found[3]):
            printed = desk.run(one.command)
            parts.append(f"$ {one.command}\n{one.output if one.matches(printed) else printed}")
        return f"```{found[1]}{found[2]}\n{''.join(parts)}```"

    return FENCE.sub(written, text)


def main() -> int:
    """Write what the console examples print into every page, or into those that are named."""
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or pages()
    for page in chosen:
        with tempfile.TemporaryDirectory() as folder:
            text = page.read_text(encoding="utf-8")
            made = refreshed(text, Desk(Path(folder)))
        if made != text:
            page.write_text(made, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)}: written\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
