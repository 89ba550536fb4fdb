"""YAML events of a file, within limits of depth and number that hold before anything is built."""

from __future__ import annotations

from typing import Any, TypeAlias

import yaml

from engine.language.diagnostics import Diagnostics, Mark
from engine.language.reading.source import Source

MAX_DEPTH = 40
MAX_NODES = 30_000

# The events of libyaml carry what their stubs leave out, so they are taken as they come.
Event: TypeAlias = Any
OPENS = frozenset((yaml.SequenceStartEvent, yaml.MappingStartEvent))
CLOSES = frozenset((yaml.SequenceEndEvent, yaml.MappingEndEvent))


class Exceeded(Exception):
    """A limit that the file goes over; `code` and `message` say which."""

    def __init__(self, mark: Any, code: str, message: str) -> None:
        """Keep the place and the words."""
        super().__init__(message)
        self.mark, self.code, self.message = mark, code, message


def bounded_events(source: Source, found: Diagnostics) -> list[Event] | None:
    """Return the events of the file, or None with a finding when it goes over a limit.

    Raises `yaml.YAMLError` where the text is not YAML.
    """
    try:
        return _events(source.text)
    except Exceeded as error:
        place = Mark(source.name, error.mark.line + 1, error.mark.column + 1)
        found.error(place, error.code, error.message, "split the file, or name inner parts under `define`")
        return None


def _events(text: str) -> list[Event]:
    """Return the events, counted as they come."""
    parser = yaml.CSafeLoader(text)
    events: list[Event] = []
    depth = 0
    while (event := parser.get_event()) is not None:
        kind = type(event)
        if kind in OPENS:
            depth += 1
        elif kind in CLOSES:
            depth -= 1
        events.append(event)
        if depth > MAX_DEPTH:
            message = f"lists and mappings are nested more than {MAX_DEPTH} deep"
            raise Exceeded(event.start_mark, "too-deep", message)
        if len(events) > MAX_NODES:
            raise Exceeded(event.start_mark, "too-many-nodes", f"the file has more than {MAX_NODES:,} values")
    return events
