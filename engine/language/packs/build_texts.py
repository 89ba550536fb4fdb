"""The texts of a pack in another language."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.packs.building import Builder, as_scalar, text_of
from engine.language.packs.pack import Translation
from engine.language.reading.tree import Mapping, Scalar, Tree


def translations(build: Builder, tree: Mapping) -> list[Translation]:
    """Return the texts that a `texts.<language>.yaml` writes."""
    language = text_of(tree.get("language"))
    return [
        one
        for key, section in tree
        if isinstance(section, Mapping)
        for name, texts in section
        for one in _texts(build, (language, key.text), name, texts)
    ]


def _texts(build: Builder, of: tuple[str, str], name: Scalar, tree: Tree) -> Iterator[Translation]:
    """Yield the texts of one thing; a plain text for `say` is for the customer."""
    language, section = of
    for part, scalar in _parts(tree, ""):
        template = build.template(scalar)
        assert template is not None
        yield Translation(language, section, name.text, part, template, name.mark)


def _parts(tree: Tree, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(tree, Mapping):
        for key, value in tree:
            yield from _parts(value, _joined(path, key.text))
    else:
        yield (f"{path}.customer" if path in ("say", "otherwise") else path), as_scalar(tree)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
