"""Events as rows, and rows as events: what a column holds, what is sealed, and what is left once a key is gone."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from pydantic_core import from_json

from api.ledger.chain import Value, content
from api.ledger.gists import HIDDEN, SEALED, gist_of
from api.ledger.problems import EventRefused, UnknownEvent
from api.ledger.rebuilding import rebuilt
from api.ledger.topics import topic_of
from engine.memory.moments import moment_at
from engine.values.json import CANONICAL
from schemas.decision import Amount
from schemas.events import KINDS, VERSION, Event, Happened, personal_fields

APART: Final[tuple[str, ...]] = ("case", "decided")
"""Personal fields that are large, and that no history reads: they are sealed in a column of their own."""
MOST: Final = 2**63 - 1
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
TEXTS: Final = ("id", "customer", "pack", "action", "subject", "agent", "team", "session")


Opener: TypeAlias = Callable[[bytes, bytes], bytes | None]
"""Gives what was sealed, by that and what it was bound to, or None where the key is gone."""


class Sealer(Protocol):
    """Keeps a key for each customer; what it sealed cannot be read once that is destroyed."""

    def reference(self, customer: str) -> str:
        """Return the random reference of a customer, made where there is none."""
        ...

    def known(self, customer: str) -> str | None:
        """Return the reference of a customer, or None where there is none."""
        ...

    def seal(self, reference: str, plain: bytes, bound_to: bytes) -> bytes:
        """Return what only the customer's key opens, and only together with `bound_to`."""
        ...

    def unseal(self, reference: str, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Return what was sealed, or None where the key is gone."""
        ...

    def opener(self, reference: str) -> Opener:
        """Return what unseals much of one customer, right now."""
        ...

    def warm(self, references: Iterable[str]) -> None:
        """Have the keys of some customers at hand, of whom something is about to be unsealed."""
        ...


class Columns(Protocol):
    """A row by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any:
        """Return the value of a column."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event as it will be written, its place in a chain aside."""

    values: Mapping[str, Value]
    """By column."""
    covered: bytes
    """The encoding of its content, for its hash."""

    @property
    def id(self) -> str:
        """Return the event's id."""
        return str(self.values["id"])


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that is in the ledger, and its place there.

    Its `customer` is their own id; of one who was erased, the reference that the key store had for them.
    """

    event: Event
    seq: int
    writer: str
    number: int
    hash: bytes
    erased: bool
    """Whether its personal fields are gone: they have their defaults."""


def prepared(event: Event, sealer: Sealer) -> Prepared:
    """Return an event as it will be written; what is personal is sealed."""
    if KINDS.get(event.kind) is not type(event) or event.version != VERSION:
        raise EventRefused(event.id, f"`{event.kind}` of version {event.version} is no form of event that is known")
    topic = topic_of(event)
    values: dict[str, Value] = {
        "id": event.id,
        "kind": event.kind,
        "version": event.version,
        "at": moment_at(event.at),
        "customer": None if event.customer is None else sealer.reference(_clean(event.id, event.customer)),
        "pack": event.pack,
        "action": topic.action,
        "subject": topic.subject,
        "agent": event.agent.id,
        "team": event.agent.team,
        "session": event.session,
        "amount": None if topic.amount is None else _units(event.id, topic.amount),
    }
    for name in TEXTS:
        if isinstance(text := values[name], str):
            _clean(event.id, text)
    values.update(_parts(event, values["customer"], sealer))
    return Prepared(values, content(values))


def _parts(event: Event, reference: Value, sealer: Sealer) -> dict[str, Value]:
    """Return the event as JSON, by column; what is personal is sealed under the key of the reference, if any."""
    hidden = ("customer", *personal_fields(type(event)))
    fields: dict[str, Any] = event.model_dump(mode="json", exclude=set(hidden))
    # These are texts and JSON objects, which pydantic would only copy, value by value.
    plain = {name: getattr(event, name) for name in hidden}
    if not isinstance(reference, str):
        return {"body": _json(event.id, fields | plain), "sealed_apart": None, "gist": None}
    apart = {name: plain.pop(name) for name in APART if name in plain}
    fields["customer"] = reference
    fields[SEALED] = b64encode(sealer.seal(reference, _json(event.id, plain), bound(event.id))).decode()
    return {
        "body": _json(event.id, fields),
        "sealed_apart": sealer.seal(reference, _json(event.id, apart), bound(event.id, apart=True)) if apart else None,
        "gist": gist_of(fields, hides=bool(plain.get(HIDDEN.get(event.kind) or ""))),
    }


def bound(id: str, *, apart: bool = False) -> bytes:
    """Return what a sealed part of an event is bound to: no other part of any event is; ids have no NUL."""
    return id.encode() + b"\0case" if apart else id.encode()


def restored(row: Columns, sealer: Sealer) -> Stored:
    """Return the event of a row; an event of a form that is not known is an `UnknownEvent`."""
    kind = known_kind(row["id"], row["kind"], row["version"])
    fields = from_json(row["body"])
    plain = _opened(row, fields, sealer)
    fields.update(absent(kind) if plain is None else plain)
    try:
        event = rebuilt(kind, fields)
    except ValueError as error:
        raise UnknownEvent(row["id"], row["kind"], row["version"]) from error
    return Stored(event, row["seq"], row["writer"], row["number"], bytes(row["hash"]), plain is None)


def known_kind(id: str, kind: str, version: int) -> type[Happened]:
    """Return the form of an event; raise `UnknownEvent` where it is not known."""
    found = KINDS.get(kind)
    if found is None or version != VERSION:
        raise UnknownEvent(id, kind, version)
    return found


def absent(kind: type[Happened]) -> dict[str, Any]:
    """Return what stands for the personal fields of an event whose customer was erased."""
    return {name: kind.model_fields[name].get_default() for name in personal_fields(kind)}


def same(one: Columns, other: Columns, sealer: Sealer) -> bool:
    """Return whether two rows of an id hold the same event; of what nobody can read any more, only the rest counts."""
    if bytes(one["body"]) == bytes(other["body"]) and one["sealed_apart"] == other["sealed_apart"]:
        return True
    here, there = from_json(one["body"]), from_json(other["body"])
    plain, other_plain = _opened(one, here, sealer), _opened(other, there, sealer)
    if plain is None or other_plain is None:
        here["customer"] = there["customer"] = None
        return bool(here == there)
    return _json(one["id"], here | plain) == _json(one["id"], there | other_plain)


def _opened(row: Columns, fields: dict[str, Any], sealer: Sealer) -> dict[str, Any] | None:
    """Take what is sealed out of a body; return the fields that were, here and apart, or None where the key is gone."""
    sealed, reference = fields.pop(SEALED, None), row["customer"]
    if sealed is None or reference is None:
        return {}
    parts = [(b64decode(sealed), bound(row["id"]))]
    if row["sealed_apart"] is not None:
        parts.append((bytes(row["sealed_apart"]), bound(row["id"], apart=True)))
    found: dict[str, Any] = {}
    for part, bound_to in parts:
        plain = sealer.unseal(reference, part, bound_to)
        if plain is None:
            return None
        found |= from_json(plain)
    return found


def _units(id: str, amount: Amount) -> int:
    """Return an amount as an integer: money by its digits, for it is written with all that its currency has."""
    if isinstance(amount, str) and not NUMBER.fullmatch(amount):
        raise EventRefused(id, "its amount is no decimal number")
    units = amount if isinstance(amount, int) else int(amount.replace(".", ""))
    if abs(units) > MOST:
        raise EventRefused(id, "its amount is too large")
    return units


def _clean(id: str, text: str) -> str:
    """Return a text that every database can keep."""
    if "\0" in text or not _encodes(text):
        raise EventRefused(ascii(id)[1:-1], "a text holds a character that cannot be stored")
    return text


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json(id: str, fields: dict[str, Any]) -> bytes:
    """Return canonical JSON."""
    try:
        return CANONICAL.encode(fields).encode()
    except (TypeError, ValueError) as error:
        raise EventRefused(id, "it holds a number or a text that JSON has no form for") from error
