"""The past of a customer as later decisions depend on it: read from gists, else from bodies; cases stay sealed."""

from __future__ import annotations

from binascii import a2b_base64
from typing import Any, Final

import orjson
from pydantic_core import from_json
from sqlalchemy import Row

from api.ledger.gists import SEALED, sealed
from api.ledger.problems import UnknownEvent
from api.ledger.stored import Opener, absent, bound
from api.ledger.tables import events
from engine.memory.past import FIELDS, Past, past_from
from schemas.events import KINDS, VERSION

GISTS: Final = tuple(events.c[name] for name in ("id", "kind", "version", "at", "gist"))
"""What the index of customers holds."""
BODIES: Final = tuple(events.c[name] for name in ("id", "body"))


class Recall:
    """Makes the past of one customer, whose reference is known."""

    def __init__(self, reference: str, opener: Opener) -> None:
        """Keep the reference, and what opens what is sealed."""
        self._reference, self._open = reference, opener

    def past(self, row: Row[*tuple[Any, ...]], body: bytes | None) -> Past:
        """Return what happened by a row of `GISTS`, and by its body where it has no gist; else raise `UnknownEvent`."""
        id_, kind, version, at, gist = row
        if version != VERSION or kind not in FIELDS:
            raise UnknownEvent(id_, kind, version)
        try:
            values = self._told(id_, kind, gist) if body is None else self._said(id_, kind, body)
            return past_from(kind, id_, at, values)
        except (LookupError, TypeError, ValueError) as error:
            raise UnknownEvent(id_, kind, version) from error

    def _told(self, id: str, kind: str, gist: bytes) -> list[Any]:
        """Return the values of the fields of a kind by a gist."""
        values: list[Any] = orjson.loads(gist)
        if names := sealed(kind):
            plain = self._opened(id, kind, values.pop())
            values += [plain[name] for name in names]
        return values

    def _said(self, id: str, kind: str, body: bytes) -> list[Any]:
        """Return the same by a body."""
        fields = from_json(body)
        if sealed(kind):
            fields.update(self._opened(id, kind, fields[SEALED]))
        return [fields[name] for name in FIELDS[kind]]

    def _opened(self, id: str, kind: str, part: str) -> dict[str, Any]:
        """Return what is sealed; of a customer who was erased meanwhile, what stands for it."""
        plain = self._open(a2b_base64(part), bound(id))
        if plain is None:
            return {"customer": self._reference, **absent(KINDS[kind])}
        found: dict[str, Any] = from_json(plain)
        return found
