"""The past of a customer as later decisions depend on it: read from gists, else from bodies; cases stay sealed."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson
from pydantic_core import from_json

from api.ledger.asking import Row
from api.ledger.gists import END, FORM, HIDDEN, SEALED
from api.ledger.problems import UnknownEvent
from api.ledger.stored import Opener, bound
from api.ledger.tables import events
from engine.memory.past import FIELDS, MADE, Make, Past, promised
from schemas.events import VERSION

GISTS: Final = tuple(events.c[name] for name in ("id", "kind", "version", "at", "gist"))
"""What the index of customers holds."""
BODIES: Final = tuple(events.c[name] for name in ("id", "body"))


class Recall:
    """Makes the past of one customer, whose own id is known."""

    def __init__(self, customer: str, opener: Opener) -> None:
        """Keep who it is, and what opens what is sealed."""
        self._open = opener
        self._made: Mapping[str, Make] = {**MADE, "promise_made": partial(promised, customer)}

    def past(self, row: Row, body: bytes | None) -> Past:
        """Return what happened by a row of `GISTS`, else by its body; raise `UnknownEvent` where that is not known."""
        id_, kind, version, at, gist = row
        made = self._made.get(kind)
        if made is None or version != VERSION:
            raise UnknownEvent(id_, kind, version)
        try:
            return made(id_, at, self._told(id_, kind, gist) if body is None else self._said(id_, kind, body))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise UnknownEvent(id_, kind, version) from error

    def _told(self, id: str, kind: str, gist: bytes) -> list[Any]:
        """Return the values of the fields of a kind by a gist."""
        hidden = HIDDEN[kind]
        if hidden is None:
            clear: list[Any] = orjson.loads(gist[1:])
            return clear
        text, _, sealed = gist.partition(END)
        values: list[Any] = orjson.loads(text[1:])
        values.append(self._opened(id, sealed).get(hidden, {}) if sealed else {})
        return values

    def _said(self, id: str, kind: str, body: bytes) -> list[Any]:
        """Return the same by a body."""
        fields: dict[str, Any] = from_json(body)
        hidden = HIDDEN[kind]
        if hidden is not None:
            fields[hidden] = self._opened(id, b64decode(fields[SEALED])).get(hidden, {})
        return [fields[name] for name in FIELDS[kind]]

    def _opened(self, id: str, sealed: bytes) -> dict[str, Any]:
        """Return what is sealed; nothing where the customer was erased meanwhile."""
        plain = self._open(sealed, bound(id))
        found: dict[str, Any] = {} if plain is None else from_json(plain)
        return found


def without_gist(row: Row) -> bool:
    """Return whether a row of `GISTS` has none, or one of a form that a newer Leeway wrote."""
    gist = row[-1]
    return gist is None or gist[:1] != FORM
