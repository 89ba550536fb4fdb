"""The tree of one YAML document, built from its events without recursion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from engine.language.diagnostics import Diagnostics, Mark
from engine.language.reading.limits import Event
from engine.language.reading.offsets import offsets_of
from engine.language.reading.quoting import shortened
from engine.language.reading.scalars import OutOfRange, PlainValue, plain_value
from engine.language.reading.source import Source
from engine.language.reading.traps import tag_trap
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree

STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
WRITE_OUT = "write the value out, or name it under `define`"


@dataclass(slots=True)
class Open:
    """A list or mapping whose end has not come yet."""

    mark: Mark
    flow: bool = False
    children: list[Tree] = field(default_factory=list)


class Document:
    """Turns the events of one document into a tree, and reports what policies may not hold."""

    def __init__(self, source: Source, found: Diagnostics) -> None:
        """Begin with nothing built."""
        self._source, self._found = source, found
        self._open: list[Open] = [Open(Mark(source.name))]

    def build(self, events: list[Event]) -> Tree | None:
        """Return the tree of the document, or None where there is none."""
        for event in events:
            self._take(event)
        children = self._open[0].children
        return children[0] if children else None

    def _take(self, event: Event) -> None:
        """Add what the event brings."""
        match event:
            case yaml.ScalarEvent():
                self._check_properties(event)
                self._add(self._scalar(event))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._check_properties(event)
                self._open.append(Open(self._mark(event), bool(event.flow_style)))
            case yaml.SequenceEndEvent():
                done = self._open.pop()
                self._add(Sequence(done.mark, tuple(done.children), done.flow))
            case yaml.MappingEndEvent():
                self._add(self._mapping(self._open.pop()))
            case yaml.AliasEvent():
                place = self._mark(event)
                self._found.error(
                    place, "alias", f"the alias `*{shortened(event.anchor or '')}` is not read", WRITE_OUT
                )
                self._add(Scalar(place, None, "", "plain"))
            case yaml.DocumentStartEvent():
                self._check_document(event)

    def _add(self, tree: Tree) -> None:
        """Add a value to the innermost list or mapping."""
        self._open[-1].children.append(tree)

    def _mark(self, event: Event) -> Mark:
        """Return where the event begins."""
        place = event.start_mark
        return Mark(self._source.name, place.line + 1, place.column + 1)

    def _check_document(self, event: Event) -> None:
        """Report a second document and tag directives."""
        if self._open[0].children:
            message = "a second document begins here"
            self._found.error(self._mark(event), "several-documents", message, "keep one document a file")
        if event.tags:
            self._found.error(self._mark(event), "tag", "the directive `%TAG` is not read", "delete it")

    def _check_properties(self, event: Event) -> None:
        """Report an anchor or a tag."""
        if event.anchor is not None:
            message = f"the anchor `&{shortened(event.anchor)}` is not read"
            self._found.error(self._mark(event), "alias", message, WRITE_OUT)
        if event.tag is not None:
            tag_trap(self._source, event.start_mark.index, event.tag, self._found)

    def _scalar(self, event: Event) -> Scalar:
        """Return the scalar with its value and the place of each character."""
        place, text = self._mark(event), event.value
        style = STYLES.get(event.style or "", "plain")
        if style == "double" and CONTROL.search(text):
            help = "leave it out"
            self._found.error(place, "bad-character", "a control character is not allowed here", help)
        if event.tag is not None or event.anchor is not None:
            return Scalar(place, text, text, style)
        offsets = offsets_of(self._source, text, style, event.start_mark.index, event.end_mark.index)
        value = self._value(place, text) if style == "plain" else text
        return Scalar(place, value, text, style, offsets)

    def _value(self, place: Mark, text: str) -> PlainValue:
        """Return what a plain scalar means; a number that cannot be held is reported."""
        try:
            return plain_value(text)
        except OutOfRange as error:
            help = "write a smaller number, or put it in quotes if it is text"
            self._found.error(place, "number-out-of-range", f"the number `{shortened(text)}` {error}", help)
            return text

    def _mapping(self, done: Open) -> Mapping:
        """Return the mapping; keys that are no scalars, that stand twice or that merge are reported."""
        entries: dict[str, tuple[Scalar, Tree]] = {}
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if not isinstance(key, Scalar):
                help = "a key is a name, a number or a text"
                self._found.error(key.mark, "bad-key", "a list or a mapping cannot be a key", help)
            elif key.text == "<<" and key.style == "plain":
                self._found.error(key.mark, "merge-key", "the merge key `<<` is not read", "write the keys out")
            elif first := entries.get(key.text):
                message = f"the key `{shortened(key.text)}` stands here twice, first on line {first[0].mark.line}"
                self._found.error(key.mark, "duplicate-key", message, "keep one")
            else:
                entries[key.text] = (key, value)
        return Mapping(done.mark, tuple(entries.values()), done.flow)
