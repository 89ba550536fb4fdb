"""The gist of an event: what later decisions depend on, short enough to be read from an index alone.

It is a byte for its form, a JSON array of the values that are in the clear, a line feed, and what is sealed, where
decisions depend on anything in it. A ledger keeps it for ever: other fields, or another order, are another form.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from engine.memory.past import FIELDS
from schemas.events import KINDS, personal_fields

SEALED: Final = "sealed"
"""Where the body holds the personal fields, sealed."""
FORM: Final = b"1"
END: Final = b"\n"
LONGEST: Final = 1500
"""Bytes; PostgreSQL has no room for much more in an index."""

HIDDEN: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        kind: next((name for name in names if name in personal_fields(KINDS[kind])), None)
        for kind, names in FIELDS.items()
    }
)
"""By kind of event, the one field that later decisions depend on and that is sealed, an object, if there is one."""
CLEAR: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {kind: tuple(name for name in names if name != HIDDEN[kind]) for kind, names in FIELDS.items()}
)
"""By kind of event, the other ones."""


def gist_of(fields: Mapping[str, Any], hides: bool) -> bytes | None:
    """Return the gist of an event from the fields of its body; None where it is of no customer, or too long.

    `hides`: the field that is sealed is not empty.
    """
    kind = fields["kind"]
    if kind not in FIELDS or SEALED not in fields:
        return None
    sealed = b64decode(fields[SEALED]) if hides else b""
    # Of a body that was read, the keys are sorted.
    clear = orjson.dumps([fields[name] for name in CLEAR[kind]], option=orjson.OPT_SORT_KEYS)
    gist = b"".join((FORM, clear, END, sealed))
    return gist if len(gist) <= LONGEST else None
