"""The release that a patch makes of a pack."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.language.diagnostics import Diagnostics
from engine.language.packs.building import text_of
from engine.language.packs.load import Files
from engine.release import Release, load_release
from simulations.patches.edit import Editing
from simulations.patches.patch import Patch


def patched(folder: Path, patch: Patch, edits: Collection[int] | None = None, base: Patch | None = None) -> Release:
    """Return the release of the pack in a folder with a patch made in it, or with the edits (by place, from 0) alone.

    `base`: a patch that is made before. Raises `PolicyError` where an edit cannot be made, or the pack does not check
    with it; what is wrong with new text is reported where the patch writes it.
    """
    chosen = range(len(patch.edits)) if edits is None else edits
    steps = [step for number, edit in enumerate(patch.edits) if number in chosen for step in edit.steps]
    if base is not None:
        steps = [step for edit in base.edits for step in edit.steps] + steps

    def edit(files: Files, found: Diagnostics) -> Files:
        for one in (patch,) if base is None else (base, patch):
            _check_pack(one, folder, files, found)
        editing = Editing(folder, files, found)
        for step in steps:
            editing.make(step)
        return editing.files

    return load_release(folder, edit)


def _check_pack(patch: Patch, folder: Path, files: Files, found: Diagnostics) -> None:
    """Report a patch that is of another pack."""
    heads = (tree.get("pack") for path, tree in files.items() if path.parent == folder)
    names = [text_of(head) for head in heads if head is not None]
    if names and patch.pack.text not in names:
        message = f"the patch is of pack `{patch.pack.text}`, and this is `{names[0]}`"
        found.error(patch.pack.mark, "other-pack", message, "name this pack, or use that one")
