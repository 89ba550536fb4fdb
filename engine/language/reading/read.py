"""Read a policy file: bytes to a tree that knows its places, or findings and no tree."""

from __future__ import annotations

import stat
from pathlib import Path

import yaml

from engine.language.diagnostics import Diagnostic, Diagnostics, Mark
from engine.language.reading.document import Document
from engine.language.reading.limits import bounded_events
from engine.language.reading.source import MAX_BYTES, Source, decode
from engine.language.reading.traps import find_traps, interrupted_trap, syntax_trap
from engine.language.reading.tree import Tree

TAB = ("a tab stands where spaces indent", "indent with spaces")
INDENTATION = "check the indentation of this line"
PROBLEMS = {
    "found a tab character that violates indentation": TAB,
    "mapping values are not allowed in this context": (
        "a `:` is not expected here",
        "check the indentation, or put the value in quotes",
    ),
    "did not find expected key": ("a key or a list item was expected here", INDENTATION),
    "did not find expected '-' indicator": ("a list item `- ` was expected here", INDENTATION),
    "could not find expected ':'": ("a key without `:`", "write `key: value`, or check the indentation"),
    "found unexpected end of stream": ("a quote is never closed", "close it"),
    "did not find expected ',' or ']'": ("a list `[...]` is never closed", "close it with `]`"),
    "did not find expected ',' or '}'": ("a mapping `{...}` is never closed", "close it with `}`"),
}
LOOK_AT = "check indentation, quotes and brackets"


def read_file(path: Path, root: Path, found: Diagnostics) -> Tree | None:
    """Return the tree of a file of the pack in `root`, or None with findings."""
    name = path.as_posix()
    try:
        data = _bytes(path, root, name, found)
    except (OSError, RuntimeError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "its path leads nowhere"
        message = f"the file cannot be read: {reason.lower()}"
        found.error(Mark(name), "not-a-file", message, "check its name, its link and its permissions")
        return None
    return None if data is None else read_text(data, name, found)


def read_text(text: bytes, name: str, found: Diagnostics) -> Tree | None:
    """Return the tree of a file's content, or None with findings."""
    source = decode(text, name, found)
    if source is None:
        return None
    here = Diagnostics()
    try:
        tree = _tree(source, here)
    except yaml.YAMLError as error:
        tree = None
        _report_syntax(source, error, here)
    found.extend(_without_echoes(here.sorted()))
    return None if here.failed else tree


def _without_echoes(findings: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """Return the findings without those that a trap brings about: pieces of a value that look like keys."""
    trapped = any(one.code == "yaml-trap" for one in findings)
    return [one for one in findings if not (trapped and one.code in ("duplicate-key", "bad-key"))]


def _tree(source: Source, found: Diagnostics) -> Tree | None:
    """Return the tree, with what policies may not hold and the YAML traps reported."""
    events = bounded_events(source, found)
    if events is None:
        return None
    tree = Document(source, found).build(events)
    if tree is None:
        help = "write a key into it, or delete it"
        found.error(Mark(source.name), "empty-file", "the file holds nothing but space and comments", help)
    else:
        find_traps(tree, source, found)
    return tree


def _bytes(path: Path, root: Path, name: str, found: Diagnostics) -> bytes | None:
    """Return the file's bytes, one more than allowed at most, or None with a finding."""
    if not path.exists():
        why = "is a link that leads nowhere" if path.is_symlink() else "does not exist"
        found.error(Mark(name), "not-a-file", f"the file {why}", "check its name")
    elif not path.resolve(strict=True).is_relative_to(root.resolve()):
        help = "copy the file into the pack, or name its pack under `uses`"
        found.error(Mark(name), "outside-pack", "the link leads out of the pack's folder", help)
    elif not stat.S_ISREG(path.stat().st_mode):
        found.error(Mark(name), "not-a-file", "this is a folder or a device, not a file", "check its name")
    else:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    return None


def _report_syntax(source: Source, error: yaml.YAMLError, found: Diagnostics) -> None:
    """Report text that is not YAML, as a trap where the line is an expression without quotes."""
    place = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if place is None or not isinstance(error, yaml.MarkedYAMLError):
        found.error(Mark(source.name), "yaml-syntax", "the file is not well-formed YAML", LOOK_AT)
        return
    context = error.context_mark or place
    lines = dict.fromkeys((place.line + 1, context.line + 1, place.line))
    if any(syntax_trap(source, line, found) for line in lines if line > 0) or interrupted_trap(
        source, place.line + 1, found
    ):
        return
    message, help = PROBLEMS.get(error.problem or "", (str(error.problem), LOOK_AT))
    if "cannot start any token" in message:
        message, help = _bad_start(source, place.line + 1, place.column)
    found.error(Mark(source.name, place.line + 1, place.column + 1), "yaml-syntax", message, help)


def _bad_start(source: Source, line: int, column: int) -> tuple[str, str]:
    """Return what is wrong with a character that begins no value, and what to do."""
    char = source.line(line)[column : column + 1]
    if char == "\t":
        return TAB
    return f"`{char}` cannot begin a value", "put the value in quotes"
