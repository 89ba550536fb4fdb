"""A patch from its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.language.diagnostics import Diagnostics
from engine.language.packs.building import as_mapping, as_scalar, text_of, texts_of
from engine.language.reading.read import read_file, read_text
from engine.language.reading.shape import check_shape
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree
from simulations.patches.patch import ROWS, Add, Edit, Patch, Remove, Replace, Step

VERBS = ("set", "add", "replace", "remove")


def read_patch(file: Path, found: Diagnostics) -> Patch:
    """Return the patch that a file writes; raise `PolicyError` with all that is wrong with the file."""
    return _checked(read_file(file, file.parent, found), file, found)


def patch_of(text: str, file: Path, found: Diagnostics) -> Patch:
    """Return the patch that a text writes, as if a file had it; raise `PolicyError` with all that is wrong with it."""
    return _checked(read_text(text.encode(), file.as_posix(), found), file, found)


def _checked(tree: Tree | None, file: Path, found: Diagnostics) -> Patch:
    found.check()
    assert tree is not None
    check_shape(tree, "patch", found)
    found.check()
    patch = _patch(file, as_mapping(tree))
    _check_ids(patch, found)
    _check_rows(as_mapping(tree), found)
    found.check()
    return patch


def _patch(file: Path, tree: Mapping) -> Patch:
    name = text_of(tree.get("patch"))
    return Patch(
        name=name,
        title=text_of(tree.get("title"), name.replace("-", " ")),
        pack=as_scalar(_value(tree, "pack")),
        because=texts_of(tree.get("because")),
        edits=tuple(_edit(number, item) for number, item in enumerate(_items(tree, "edits"), 1)),
        file=file,
    )


def _edit(number: int, tree: Mapping) -> Edit:
    steps = tuple(_steps(tree))
    title = ", ".join(f"{verb} `{path.text}`" for verb, path in map(_named, steps))
    return Edit(
        id=text_of(tree.get("id"), str(number)),
        title=text_of(tree.get("title"), title),
        steps=tuple(map(_step, steps)),
        mark=tree.mark,
    )


def _steps(tree: Mapping) -> Iterator[Mapping]:
    """Yield the steps of an edit: itself, or those that `all` holds together."""
    if tree.get("all") is None:
        yield tree
    for item in _items(tree, "all"):
        yield from _steps(item)


def _items(tree: Mapping, key: str) -> tuple[Mapping, ...]:
    items = tree.get(key)
    return tuple(map(as_mapping, items)) if isinstance(items, Sequence) else ()


def _named(step: Mapping) -> tuple[str, Scalar]:
    """Return what a step does, and the path of what it does it to."""
    return next((key.text, as_scalar(value)) for key, value in step if key.text in VERBS)


def _value(tree: Mapping, key: str) -> Tree:
    """Return the value of a key; the shape check has seen that it is there."""
    value = tree.get(key)
    assert value is not None
    return value


def _step(tree: Mapping) -> Step:
    where = tree.get("where")
    cells = None if where is None else as_mapping(where)
    verb, path = _named(tree)
    match verb:
        case "add":
            return Add(path, _value(tree, "entry"))
        case "remove":
            return Remove(path, cells)
        case _:
            return Replace(path, cells, _value(tree, "to" if verb == "set" else "with"))


def _check_ids(patch: Patch, found: Diagnostics) -> None:
    """Report edits that reports could not tell apart."""
    seen: set[str] = set()
    for edit in patch.edits:
        if edit.id in seen:
            found.error(edit.mark, "name-clash", f"edit `{edit.id}` is written twice", "give each its own id")
        seen.add(edit.id)


def _check_rows(tree: Mapping, found: Diagnostics) -> None:
    """Report cells that select a row where the path goes through none."""
    for edit in _items(tree, "edits"):
        for step in _steps(edit):
            where = step.key("where")
            verb, path = _named(step)
            through_rows = path.text.startswith("tables.") and path.text.split(".")[2:3] == [ROWS]
            if where is not None and not (through_rows and verb in ("replace", "remove")):
                help = "leave it out, or name `tables.<table>.rows` under `replace` or `remove`"
                found.error(where.mark, "unknown-key", "`where` selects a row, and the path goes through none", help)
