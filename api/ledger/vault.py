"""The vault: a key for each customer, which seals what is personal, and with which that is gone once it is destroyed.

It knows customers by a keyed hash of their id alone. What it hands to the ledger is a random reference.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from api.ledger.asking import Question, Row, line
from api.ledger.chain import encoded
from api.ledger.connecting import Database, database, reason
from api.ledger.key_problems import KeyGone, MasterKeyWrong, SealBroken
from api.ledger.keyring import MOST, Held, Keyring
from api.ledger.keys_tables import customers, key_database, notices, row_of, scrubbed, settings, writing
from api.ledger.master import Master, master_key
from api.ledger.problems import LedgerUnavailable
from api.ledger.stored import Opener

NONCE: Final = 12
FORM: Final = b"\x01"
"""Of sealed parts: AES-256-GCM, its nonce before it."""
WRAPPED: Final = NONCE + 32 + 16
DESTROYED: Final = bytes(WRAPPED)
CHECK: Final = "check"
"""The setting that tells the right master key."""

KNOWN: Final = (customers.c.lookup, customers.c.reference, customers.c.wrapped)
READ: Final = {
    column.name: Question(select(*KNOWN).where(column == bindparam("value")))
    for column in (customers.c.lookup, customers.c.reference)
}
"""By what a customer is known: the query for them."""
READ_ALL: Final = select(*KNOWN).where(customers.c.reference.in_(bindparam("values", expanding=True)))
ASKED: Final = 500
"""Keys that are read in one query."""

Key = Literal["kept", "destroyed", "missing"]


class Vault:
    """Seals and opens the personal parts of events; a `Sealer` of the ledger, safe to use from many threads."""

    def __init__(self, found: Database, master: Master, clock: Callable[[], float]) -> None:
        """Keep the database, and derive a key for each use from the master key."""
        self.master = master
        self._database = found
        self._hashing = hmac.new(master.derived("customers"), digestmod="sha256")
        self._wrapping = AESGCM(master.derived("wrapping"))
        self._clock = clock
        self._keys = Keyring(clock)
        self._pid = os.getpid()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def reference(self, customer: str) -> str:
        """Return the random reference of a customer; a customer that has none gets one, and a key."""
        held = self._found(customer)
        while held is None:
            self._add(self._lookup(customer))
            held = self._found(customer)
        return held.reference

    def known(self, customer: str) -> str | None:
        """Return the reference of a customer, or None where there is none."""
        held = self._found(customer)
        return None if held is None else held.reference

    def seal(self, reference: str, plain: bytes, bound_to: bytes) -> bytes:
        """Return what only the customer's key opens, and only together with `bound_to`."""
        held = self._held(reference)
        if held is None or held.cipher is None:
            raise KeyGone(reference)
        nonce = secrets.token_bytes(NONCE)
        return FORM + nonce + held.cipher.encrypt(nonce, plain, _bound(reference, bound_to))

    def unseal(self, reference: str, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Return what was sealed, or None where the key is gone; raise `SealBroken` where it was changed."""
        return self.opener(reference)(sealed, bound_to)

    def opener(self, reference: str) -> Opener:
        """Return what opens, right now, what was sealed under one key; it gives what `unseal` does."""
        held = self._held(reference)
        if held is None or held.cipher is None:
            return lambda *_: None
        return partial(_opened, held.cipher, reference, encoded(reference))

    def key(self, reference: str) -> Key:
        """Return whether the key of a reference is kept, was destroyed, or was never in this store."""
        held = self._held(reference)
        if held is None:
            return "missing"
        return "destroyed" if held.cipher is None else "kept"

    def destroy(self, customer: str, notice: str | None = None) -> str | None:
        """Destroy the key of a customer; return the reference they had, or None where there was none.

        `notice` is kept until `told`: what is still to be written about it, should this process not live to do so.
        """
        self._survive_fork()
        lookup = self._lookup(customer)
        with self._said(), writing(self._database).begin() as connection:
            row = row_of(connection, lookup=lookup)
            if row is None:
                return None
            gone = update(customers).where(customers.c.lookup == lookup)
            if connection.execute(gone.values(lookup=secrets.token_bytes(32), wrapped=DESTROYED)).rowcount == 0:
                return None
            if notice is not None:
                connection.execute(insert(notices).values(reference=row.reference, text=notice))
        self._keys.forget(row.reference)
        self.scrub()
        return str(row.reference)

    def scrub(self) -> None:
        """Take destroyed keys out of the database's files; `LedgerUnavailable` where others stand in the way."""
        with self._said():
            if not scrubbed(self._database):
                raise LedgerUnavailable("the key store is read just now, so a destroyed key is still in its files")

    def notices(self) -> dict[str, str]:
        """Return by reference what is still to be written about destroyed keys."""
        with self._said(), self._database.reading.connect() as connection:
            rows = connection.execute(select(notices.c.reference, notices.c.text).order_by(notices.c.reference))
            return {row.reference: row.text for row in rows}

    def told(self, reference: str) -> None:
        """Forget what was to be written about a destroyed key."""
        with self._said(), writing(self._database).begin() as connection:
            connection.execute(delete(notices).where(notices.c.reference == reference))

    def _found(self, customer: str) -> Held | None:
        self._survive_fork()
        lookup = self._lookup(customer)
        return self._keys.by_lookup(lookup) or self._read(lookup=lookup)

    def _held(self, reference: str) -> Held | None:
        self._survive_fork()
        return self._keys.by_reference(reference) or self._read(reference=reference)

    def _read(self, **by: Any) -> Held | None:
        """Return a customer from the store, kept in memory for a while."""
        turn, until = self._keys.turn, self._keys.until
        ((name, value),) = by.items()
        with line(self._database.asking, "the key store says: ") as one:
            found = one.ask(READ[name], {"value": value})
        return self._keys.put(self._unwrapped(found[0], until), turn) if found else None

    def warm(self, references: Iterable[str]) -> None:
        """Read the keys of many customers together, at most as many as are kept, rather than one by one later."""
        self._survive_fork()
        wanted = list(islice(dict.fromkeys(one for one in references if not self._keys.by_reference(one)), MOST))
        turn, until = self._keys.turn, self._keys.until
        for start in range(0, len(wanted), ASKED):
            with self._said(), self._database.reading.connect() as connection:
                rows = connection.execute(READ_ALL, {"values": wanted[start : start + ASKED]}).all()
            for row in rows:
                self._keys.put(self._unwrapped(row, until), turn)

    def _unwrapped(self, row: Row, until: float) -> Held:
        """Return a customer from their row, good for a while."""
        lookup, reference, wrapped = row
        if wrapped == DESTROYED:
            return Held(lookup, reference, None, until)
        try:
            key = self._wrapping.decrypt(wrapped[:NONCE], wrapped[NONCE:], reference.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken("key", reference) from error
        return Held(lookup, reference, AESGCM(key), until)

    def _add(self, lookup: bytes) -> None:
        """Add a customer, unless another thread or process just did."""
        reference, nonce = f"c-{secrets.token_hex(16)}", secrets.token_bytes(NONCE)
        wrapped = nonce + self._wrapping.encrypt(nonce, secrets.token_bytes(32), reference.encode())
        row = {"lookup": lookup, "reference": reference, "wrapped": wrapped}
        with self._said(), writing(self._database).begin() as connection:
            connection.execute(_unless_there(connection, customers), row)

    def _lookup(self, customer: str) -> bytes:
        # OpenSSL looks for its SHA-256 each time that it is asked for anew, which takes longer than to use it.
        hashing = self._hashing.copy()
        hashing.update(customer.encode(errors="surrogatepass"))
        return hashing.digest()

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say that the key store cannot be used now, as the ledger says it of itself."""
        try:
            yield
        except DBAPIError as error:
            raise LedgerUnavailable(f"the key store says: {reason(error)}") from error

    def _survive_fork(self) -> None:
        """Leave connections to the process that this one was forked from."""
        if os.getpid() != self._pid:
            self._database.close(forked=True)
            self._keys = Keyring(self._clock)
            self._pid = os.getpid()


def open_vault(
    address: str, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
) -> Vault:
    """Return the vault whose keys lie at an address, made where there is none.

    The master key is what the environment says, or lies beside a store in a file; `master.made` names the file where
    it was made just now. A wrong one is `MasterKeyWrong`.
    """
    try:
        found = key_database(address)
    except DBAPIError as error:
        raise LedgerUnavailable(f"the key store says: {reason(error)}") from error
    try:
        check = _setting(found, CHECK)
        master = master_key(environment, _beside(found.file), fresh=check is None)
        wanted = master.derived("check")
        if check is None:
            _settle(found, wanted)
            check = _setting(found, CHECK)
        if not hmac.compare_digest(check or b"", wanted):
            raise MasterKeyWrong
    except BaseException:
        found.close()
        raise
    return Vault(found, master, clock)


def keys_beside(ledger: str) -> str | None:
    """Return where the keys of a ledger are kept unless something else is said; None for a ledger on a server."""
    found = database(ledger)
    file = found.file
    found.close()
    return None if file is None else str(file.with_name(f"{file.stem}-keys.db"))


def _beside(file: Path | None) -> Path | None:
    """Return where the master key of a store lies unless it is given."""
    return None if file is None else file.with_suffix(".master")


def _setting(found: Database, name: str) -> bytes | None:
    with found.reading.connect() as connection:
        value = connection.execute(select(settings.c.value).where(settings.c.name == name)).scalar()
        return None if value is None else bytes(value)


def _settle(found: Database, check: bytes) -> None:
    """Write what tells the right master key, unless another process did."""
    with writing(found).begin() as connection:
        connection.execute(_unless_there(connection, settings), {"name": CHECK, "value": check})


def _unless_there(connection: Connection, table: Any) -> Any:
    """Return what inserts a row where none of the same key is."""
    of = postgresql if connection.dialect.name == "postgresql" else sqlite
    return of.insert(table).on_conflict_do_nothing()


def _bound(reference: str, bound_to: bytes) -> bytes:
    """Return what a sealed part is bound to, which nothing else is."""
    return encoded(reference) + encoded(bound_to)


def _opened(cipher: AESGCM, reference: str, whose: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Return what was sealed for an encoded reference; raise `SealBroken` where it was changed."""
    if sealed[:1] != FORM or len(sealed) < 1 + NONCE + 16:
        raise SealBroken("sealed part", reference)
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], whose + encoded(bound_to))
    except InvalidTag as error:
        raise SealBroken("sealed part", reference) from error
