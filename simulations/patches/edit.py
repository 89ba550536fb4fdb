"""The files of a pack with the steps of a patch made in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.packs.building import as_mapping
from engine.language.packs.load import OWN, Files, schema_of
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain
from simulations.patches.entries import above, ending, inserted, key_in, named, need_check
from simulations.patches.patch import ROWS, Add, Remove, Replace, Step
from simulations.patches.spots import Spot, names, spots

LISTS = ("rules", "checks")
"""Sections that are lists; the others hold entries by name."""
TRANSLATED = {"checks": "rules", "define": "definitions"}
"""How files of translated texts call a section, where not as policy files do."""


class Editing:
    """Makes the steps of patches in the files of the pack in a folder, and reports those that cannot be made."""

    def __init__(self, folder: Path, files: Files, found: Diagnostics) -> None:
        """Begin with the files as they lie in the folder."""
        self.folder, self.before, self.found = folder, files, found
        self.files = dict(files)

    def make(self, step: Step) -> None:
        """Make one step."""
        match step:
            case Add(path, entry):
                self._add(path, entry)
            case Replace(path, where, content):
                if (one := self._only(path, where)) is not None:
                    file, spot = one
                    self.files[file] = spot.put(self._under_its_name(content, spot))
            case Remove(path, where):
                if (one := self._only(path, where)) is not None:
                    file, spot = one
                    self.files[file] = spot.put(None)
                    self._remove_translations(path.text)
            case _ as never:
                assert_never(never)

    def _spots(self, path: str, where: Mapping | None = None) -> Iterator[tuple[Path, Spot]]:
        """Yield every place that a path names, in the files that are read for it."""
        for file in self._read_for(path):
            yield from ((file, spot) for spot in spots(self.files[file], path, where))

    def _read_for(self, path: str) -> list[Path]:
        """Return the files that a path may lead into: of packs that are used, not for every section."""
        files = [file for file in self.files if schema_of(file) == "pack"]
        own = [file for file in files if file.parent == self.folder]
        return own if path.partition(".")[0] in OWN else files

    def _only(self, path: Scalar, where: Mapping | None) -> tuple[Path, Spot] | None:
        """Return the one place that a path names; report where there is none, or where it may be several rows."""
        seen = list(self._spots(path.text, where))
        if where is not None and len(seen) != 1 and any(self._spots(path.text.rpartition(f".{ROWS}")[0])):
            message = f"{len(seen) or 'no'} rows of the table have these cells"
            self.found.error(where.mark, "ambiguous-row", message, "name cells that only the row has that is meant")
            return None
        if not seen:
            self._nothing_at(path.text, path.mark)
            return None
        return seen[0]

    def _nothing_at(self, path: str, mark: Mark) -> None:
        """Report a path that leads nowhere, with the nearest that does not."""
        steps = path.split(".")
        around = [".".join(steps[:end]) for end in range(len(steps) - 1, 0, -1)]
        known = ([f"{one}.{name}" for _, spot in self._spots(one) for name in names(spot.tree)] for one in around)
        near = did_you_mean(path, next(filter(None, known), []))
        self.found.error(mark, "unknown-entry", f"the pack has no `{path}`", near)

    def _under_its_name(self, content: Tree, spot: Spot) -> Tree:
        """Return the content with the id or reason of what it replaces."""
        name = as_mapping(spot.tree).get(spot.named_by) if spot.named_by else None
        return content if name is None else named(content, spot.named_by, name, self.found)

    def _remove_translations(self, path: str) -> None:
        section, _, rest = path.partition(".")
        texts = f"{TRANSLATED.get(section, section)}.{rest}"
        for file, tree in self.files.items():
            if schema_of(file) == "texts" and (spot := next(spots(tree, texts), None)) is not None:
                self.files[file] = spot.put(None)

    def _add(self, path: Scalar, entry: Tree) -> None:
        if path.text.endswith(f".{ROWS}"):
            self._add_row(path, entry)
        elif any(self._spots(path.text.partition("(")[0].rstrip())):
            message = f"the pack has `{path.text}` already"
            self.found.error(path.mark, "entry-exists", message, "write `replace` and `with`, or choose another name")
        elif (home := self._home(path)) is None:
            around = above(path.text)
            self._nothing_at(path.text if any(self._spots(around)) else around, path.mark)
        else:
            file, spot = home
            self.files[file] = spot.put(self._with(file, spot.tree, path, entry))

    def _with(self, file: Path, tree: Tree, path: Scalar, entry: Tree) -> Tree:
        """Return what holds the entries around a path, with one more."""
        name = ending(path)
        if isinstance(tree, Mapping):
            return Mapping(tree.mark, (*tree.entries, (name, entry)))
        if path.text.startswith("checks."):
            item: Tree = need_check(name, entry, self.found)
        else:
            item = named(entry, "id", name, self.found)
        return self._inserted(file, tree, above(path.text), item)

    def _inserted(self, file: Path, tree: Tree, path: str, item: Tree) -> Tree:
        """Return the list at a path with an item where it was before, or after all that were."""
        old = next(spots(self.before[file], path), None)
        return inserted(tree, item, old.tree if old is not None else Sequence(tree.mark, ()))

    def _add_row(self, path: Scalar, entry: Tree) -> None:
        if (one := self._only(path, None)) is None:
            return
        file, spot = one
        hit = next(self._spots(f"{above(path.text)}.hit"), None)
        if hit is not None and plain(hit[1].tree) == "first":
            help = f"replace `{path.text}` as a whole"
            self.found.error(path.mark, "not-allowed-value", "in a table with `hit: first` the order decides", help)
        self.files[file] = spot.put(self._inserted(file, spot.tree, path.text, entry))

    def _home(self, path: Scalar) -> tuple[Path, Spot] | None:
        """Return what is to hold a new entry: where the pack had it, else in the last of its own files that can."""
        around = above(path.text)
        own = [file for file in self._read_for(around) if file.parent == self.folder]
        homes = dict(self._spots(around))
        was = (file for file in homes if any(spots(self.before[file], path.text)))
        file = next((file for file in (*was, *reversed(own), *homes) if file in homes), None)
        if file is not None:
            return None if isinstance(homes[file].tree, Scalar) else (file, homes[file])
        return self._new_section(own[-1], around) if own and "." not in around else None

    def _new_section(self, file: Path, section: str) -> tuple[Path, Spot]:
        """Return the place of a section that the pack does not have yet."""
        root = self.files[file]
        empty = Sequence(root.mark, ()) if section in LISTS else Mapping(root.mark, ())
        self.files[file] = Mapping(root.mark, (*root.entries, (key_in(root, section), empty)))
        return file, next(spots(self.files[file], section))
