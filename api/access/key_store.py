"""The API keys that were made: kept, listed, revoked; never told again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from pydantic import ValidationError
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from api.access.keys import LIFE, BoundKey, Grant, KeptKey, KeyRefused, NewKey, checked, new_key
from api.access.keys_table import LOCK, api_keys, make_table
from api.ledger.connecting import Database, alone, reason
from api.ledger.keys_tables import key_database
from api.ledger.problems import LedgerUnavailable
from api.ledger.vault import Vault
from engine.memory.moments import datetime_of, moment_at

NEXT: Final = select(func.coalesce(func.max(api_keys.c.change), 0) + 1)


@dataclass(frozen=True, slots=True)
class Changed:
    """A key as it was last changed; None where this Leeway cannot read what it is good for."""

    id: str
    change: int
    key: KeptKey | None


class KeyStore:
    """The API keys in a key store; a vault seals whom they are bound to."""

    def __init__(self, found: Database, vault: Vault) -> None:
        self._database = found
        self._vault = vault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, grant: Grant, title: str, now: datetime, life: timedelta = LIFE) -> tuple[NewKey, KeptKey]:
        """Make a key; raise `KeyRefused` where it would make no sense."""
        checked(grant, title, life)
        made = new_key()
        row = {
            "id": made.id,
            "hash": made.hash,
            "granted": grant.model_dump_json(exclude_defaults=True),
            "title": title,
            "made": moment_at(now),
            "expires": moment_at(now + life),
            **self._bound(made.id, grant.customer),
        }
        with said(), self._turn() as (connection, change):
            connection.execute(insert(api_keys).values(**row, change=change))
        return made, KeptKey(made.id, made.hash, grant, title, now, now + life)

    def revoke(self, id_: str, now: datetime) -> bool:
        """Revoke a key; return whether it was not before, and raise `KeyRefused` where there is none."""
        with said(), self._turn() as (connection, change):
            found = connection.execute(select(api_keys.c.revoked).where(api_keys.c.id == id_)).first()
            if found is None:
                raise KeyRefused("there is no key of this id; `leeway keys list` shows those there are")
            if found.revoked is not None:
                return False
            revoked = {"revoked": moment_at(now), "change": change}
            connection.execute(update(api_keys).where(api_keys.c.id == id_).values(**revoked))
            return True

    def all(self) -> list[KeptKey]:
        """Return every key that this Leeway can read, in the order they were made."""
        found = sorted((one.key for one in self.changed() if one.key is not None), key=lambda key: (key.made, key.id))
        return [self.opened(key) for key in found]

    def changed(self, since: int = 0) -> list[Changed]:
        """Return the keys that were made or revoked after a change, in order; whom they are bound to is not opened."""
        wanted = api_keys.select().where(api_keys.c.change > since).order_by(api_keys.c.change)
        with said(), self._database.reading.connect() as connection:
            return [Changed(row.id, row.change, _kept(row)) for row in connection.execute(wanted)]

    def opened(self, key: KeptKey) -> KeptKey:
        """Return a key with the customer that it is bound to, or as erased where that customer is."""
        if not isinstance(key, BoundKey):
            return key
        plain = self._vault.unseal(key.reference, key.sealed, key.id.encode())
        grant = key.grant.model_copy(update={"customer": None if plain is None else plain.decode()})
        told = (key.id, key.hash, grant, key.title, key.made, key.expires, key.revoked)
        return KeptKey(*told, erased=plain is None)

    def _bound(self, id_: str, customer: str | None) -> dict[str, Any]:
        if customer is None:
            return {}
        reference = self._vault.reference(customer)
        return {"reference": reference, "sealed": self._vault.seal(reference, customer.encode(), id_.encode())}

    @contextmanager
    def _turn(self) -> Iterator[tuple[Connection, int]]:
        """Yield a transaction that alone writes keys, so that changes are seen in their order, and its number."""
        with alone(self._database, LOCK) as connection:
            yield connection, int(connection.execute(NEXT).scalar_one())


def open_keys(address: str, vault: Vault) -> KeyStore:
    """Return the API keys in the key store at an address; the table is made where there is none."""
    with said():
        found = key_database(address)
        try:
            make_table(found)
        except BaseException:
            found.close()
            raise
    return KeyStore(found, vault)


@contextmanager
def said() -> Iterator[None]:
    """Say that the key store cannot be used now, as the ledger says it of itself."""
    try:
        yield
    except DBAPIError as error:
        raise LedgerUnavailable(f"the key store says: {reason(error)}") from error


def _kept(row: Any) -> KeptKey | None:
    """Return the key of a row, or None where it is good for what only a newer Leeway knows."""
    try:
        grant = Grant.model_validate_json(row.granted)
    except ValidationError:
        return None
    revoked = None if row.revoked is None else datetime_of(row.revoked)
    told = (row.id, bytes(row.hash), grant, row.title, datetime_of(row.made), datetime_of(row.expires), revoked)
    if row.reference is None:
        return KeptKey(*told)
    return BoundKey(*told, reference=row.reference, sealed=bytes(row.sealed))
