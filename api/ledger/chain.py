"""The chain of what one writer wrote: each event's hash covers all of it and the hash of the one before."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeAlias

Value: TypeAlias = str | int | bytes | None

GENESIS: Final = bytes(32)
"""What the first event of a writer has before it."""
CONTENT: Final = (
    "id",
    "kind",
    "version",
    "at",
    "customer",
    "pack",
    "action",
    "subject",
    "agent",
    "team",
    "session",
    "amount",
    "body",
)
"""The columns that are known before the event has its place in the chain, in the order in which they are hashed."""
LATER: Final = ("sealed_apart", "gist")
"""Columns that came later: hashed behind the others where any holds something, so that older hashes stay."""


def link(prev: bytes, row: Mapping[str, Value]) -> bytes:
    """Return the hash of a row that comes after the one of hash `prev`: over every column but `seq` and `hash`."""
    return linked(prev, row["writer"], row["number"], content(row))


def linked(prev: bytes, writer: Value, number: Value, covered: bytes) -> bytes:
    """Return the hash of an event by its place in the chain and the encoding of its content."""
    return sha256(b"".join((encoded(prev), encoded(writer), encoded(number), covered))).digest()


def content(row: Mapping[str, Value]) -> bytes:
    """Return the encoding of what a row says, wherever in a chain it stands."""
    later = [row[name] for name in LATER]
    said = [row[name] for name in CONTENT] + ([] if later == [None] * len(LATER) else later)
    return b"".join(map(encoded, said))


def encoded(value: Value) -> bytes:
    """Return a value as bytes that no other value has, nor the beginning of one: its kind, its length, itself.

    Raises `TypeError` for a value of any other kind, as a file may hold that somebody changed.
    """
    if isinstance(value, str):
        raw = value.encode()
        return b"s%d:%b" % (len(raw), raw)
    if isinstance(value, int):
        raw = b"%d" % value
        return b"i%d:%b" % (len(raw), raw)
    if value is None:
        return b"n"
    return b"b%d:%b" % (len(value), value)
