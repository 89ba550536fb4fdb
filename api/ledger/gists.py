"""The gist of an event: what later decisions depend on, short enough to be read from an index alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import orjson

from engine.memory.past import FIELDS
from schemas.events import KINDS, personal_fields

SEALED: Final = "sealed"
"""Where the body holds the personal fields, sealed."""
LONGEST: Final = 1500
"""Bytes; PostgreSQL has no room for much more in an index."""


def gist_of(fields: Mapping[str, Any]) -> bytes | None:
    """Return the gist of an event from the fields of its body; None where it is of no customer, or too long.

    It is a JSON array: the values of what is in the clear, then what is sealed, where that is needed too.
    """
    kind = fields["kind"]
    if kind not in FIELDS or SEALED not in fields:
        return None
    values = [fields[name] for name in (*clear(kind), *((SEALED,) if sealed(kind) else ()))]
    # Of a body that was read, the keys are sorted.
    gist = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    return gist if len(gist) <= LONGEST else None


@cache
def clear(kind: str) -> tuple[str, ...]:
    """Return those of the fields of a kind that later decisions depend on that are in the clear."""
    return tuple(name for name in FIELDS[kind] if name not in sealed(kind))


@cache
def sealed(kind: str) -> tuple[str, ...]:
    """Return those of the fields of a kind that later decisions depend on that are sealed."""
    personal = ("customer", *personal_fields(KINDS[kind]))
    return tuple(name for name in FIELDS[kind] if name in personal)
