"""Events as rows, and rows as events: what a column holds, what is sealed, and what is left once a key is gone."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pydantic_core import from_json

from api.ledger.chain import Value, content
from api.ledger.problems import EventRefused, UnknownEvent
from api.ledger.rebuilding import rebuilt
from api.ledger.topics import topic_of
from engine.memory.moments import moment_at
from schemas.decision import Amount
from schemas.events import KINDS, VERSION, Event, personal_fields

SEALED: Final = "sealed"
"""Where the body holds the personal fields, sealed."""
MOST: Final = 2**63 - 1
CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
TEXTS: Final = ("id", "customer", "pack", "action", "subject", "agent", "team", "session")


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
    values["body"] = _body(event, values["customer"], sealer)
    return Prepared(values, content(values))


def _body(event: Event, reference: Value, sealer: Sealer) -> bytes:
    """Return the event as JSON, its personal fields sealed under the key of the reference, if there is one."""
    fields: dict[str, Any] = event.model_dump(mode="json")
    if not isinstance(reference, str):
        return _json(event.id, fields)
    plain = {name: fields.pop(name) for name in ("customer", *personal_fields(type(event)))}
    sealed = sealer.seal(reference, _json(event.id, plain), event.id.encode())
    return _json(event.id, {**fields, "customer": reference, SEALED: b64encode(sealed).decode()})


def restored(row: Columns, sealer: Sealer) -> Stored:
    """Return the event of a row; an event of a form that is not known is an `UnknownEvent`."""
    kind = KINDS.get(row["kind"])
    if kind is None or row["version"] != VERSION:
        raise UnknownEvent(row["id"], row["kind"], row["version"])
    fields = from_json(row["body"])
    plain, erased = _unsealed(row["customer"], fields, sealer)
    if plain is not None:
        fields.update(from_json(plain))
    elif erased:
        fields.update({name: kind.model_fields[name].get_default() for name in personal_fields(kind)})
    try:
        event = rebuilt(kind, fields)
    except ValueError as error:
        raise UnknownEvent(row["id"], row["kind"], row["version"]) from error
    return Stored(event, row["seq"], row["writer"], row["number"], bytes(row["hash"]), erased)


def same(one: Columns, other: Columns, sealer: Sealer) -> bool:
    """Return whether two rows of an id hold the same event; of what nobody can read any more, only the rest counts."""
    if bytes(one["body"]) == bytes(other["body"]):
        return True
    here, there = from_json(one["body"]), from_json(other["body"])
    (plain, gone), (other_plain, other_gone) = (
        _unsealed(one["customer"], here, sealer),
        _unsealed(other["customer"], there, sealer),
    )
    if gone or other_gone:
        here["customer"] = there["customer"] = None
        return bool(here == there)
    return bool(here == there) and plain == other_plain


def _unsealed(reference: str | None, fields: dict[str, Any], sealer: Sealer) -> tuple[bytes | None, bool]:
    """Take the sealed part out of a body; return what it says, and whether it can no longer be read."""
    sealed = fields.pop(SEALED, None)
    if sealed is None or reference is None:
        return None, False
    plain = sealer.unseal(reference, b64decode(sealed), fields["id"].encode())
    return plain, plain is None


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
    except ValueError as error:
        raise EventRefused(id, "it holds a number or a text that JSON has no form for") from error
