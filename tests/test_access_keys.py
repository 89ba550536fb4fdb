"""API keys: made once, kept as hashes, known to servers, revoked, expiring, bound to a customer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ledgers import Place, in_sqlite, place  # noqa: F401 - fixtures
from sqlalchemy import text

from api.access.caller import MEANING, Caller
from api.access.key_store import KeyStore, open_keys
from api.access.keys import Grant, KeptKey, KeyRefused, NewKey, parts_of
from api.access.known_keys import LIFE, PAUSE, SOON, KnownKeys
from api.access.problems import Unauthenticated
from api.examples import ROOT
from api.ledger.keys_tables import writing
from api.ledger.problems import LedgerUnavailable
from api.ledger.vault import Vault, open_vault
from schemas.request import Agent

BEGINNING = datetime(2026, 3, 4, 12, tzinfo=UTC)
MASTER = {"LEEWAY_MASTER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
DECIDE = Grant(scopes=("decide",))


@dataclass
class Keys:
    """A key store, and a server that knows its keys; both clocks stand still until they are moved."""

    store: KeyStore
    vault: Vault
    folder: Path
    now: datetime = BEGINNING
    ticks: float = 0.0

    def __post_init__(self) -> None:
        self.known = self.server()

    def server(self) -> KnownKeys:
        return KnownKeys(self.store, lambda: self.now, lambda: self.ticks)

    def add(self, grant: Grant = DECIDE, **more: Any) -> NewKey:
        return self.store.add(grant, "a key", self.now, **more)[0]

    def caller(self, key: str, server: KnownKeys | None = None) -> Caller | None:
        parts = parts_of(key)
        assert parts is not None
        try:
            return (server or self.known).caller_of(*parts)
        except Unauthenticated:
            return None


def opened(address: str, folder: Path) -> Iterator[Keys]:
    with open_vault(address, MASTER) as vault, open_keys(address, vault) as store:
        yield Keys(store, vault, folder)


@pytest.fixture
def keys(place: Place, tmp_path: Path) -> Iterator[Keys]:  # noqa: F811 - the fixture
    """Give a test the keys of a store in SQLite, and of one in PostgreSQL."""
    yield from opened(str(tmp_path / "keys.db") if place.in_sqlite else place.url, tmp_path)


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Keys]:
    yield from opened(str(tmp_path / "keys.db"), tmp_path)


def test_a_key_says_all_that_it_was_made_with(keys: Keys) -> None:
    grant = Grant(
        scopes=("decide", "approve"), roles=("agent", "boss"), packs=("tiny",), customer="C-1", agent="kim", team="blue"
    )
    made = keys.add(grant)
    assert keys.caller(made.text) == Caller(
        id=f"key:{made.id}",
        scopes=frozenset({"decide", "approve"}),
        roles=frozenset({"agent", "boss"}),
        packs=frozenset({"tiny"}),
        customer="C-1",
        agent=Agent(id="kim", team="blue"),
    )
    assert keys.store.all() == [
        KeptKey(made.id, made.hash, grant, "a key", BEGINNING, BEGINNING + timedelta(days=90)),
    ]


def test_a_key_without_bounds_sees_every_pack_and_customer_and_claims_no_rung(in_file: Keys) -> None:
    made = in_file.add()
    found = in_file.caller(made.text)
    assert found == Caller(f"key:{made.id}", frozenset({"decide"}), roles=frozenset(), packs=None, customer=None)


def test_only_the_whole_key_lets_anybody_in(in_file: Keys) -> None:
    made, other = in_file.add(), in_file.add()
    head, secret = made.text[:-43], made.text[-43:]
    wrong = [
        head + other.text[-43:],
        head + secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        f"lw_{'0' * 12}_{secret}",
    ]
    assert [in_file.caller(key) for key in wrong] == [None, None, None]
    assert [parts_of(key) for key in (made.text + "A", made.text[:-1], made.text.upper(), f" {made.text}")] == [
        None
    ] * 4


def test_a_key_is_good_until_it_expires(in_file: Keys) -> None:
    made = in_file.add(life=timedelta(days=2))
    in_file.now += timedelta(days=2) - timedelta(seconds=1)
    assert in_file.caller(made.text) is not None
    in_file.now += timedelta(seconds=1)
    assert in_file.caller(made.text) is None
    assert in_file.store.all()[0].state(in_file.now) == "expired"


def test_a_revoked_key_lets_nobody_in_after_five_seconds_on_any_server(keys: Keys) -> None:
    made, kept, other = keys.add(), keys.add(), keys.server()
    assert keys.caller(made.text) is not None
    assert keys.caller(made.text, other) is not None
    assert keys.store.revoke(made.id, keys.now)
    assert not keys.store.revoke(made.id, keys.now + timedelta(days=1))
    keys.ticks += LIFE
    assert LIFE <= 5
    assert [keys.caller(made.text, server) for server in (keys.known, other)] == [None, None]
    assert keys.caller(kept.text, other) is not None
    assert [key.state(keys.now) for key in keys.store.all()].count("revoked") == 1
    assert {key.revoked for key in keys.store.all()} == {BEGINNING, None}


def test_what_other_processes_do_is_seen_each_time(in_file: Keys) -> None:
    for _ in range(3):
        made = in_file.add()
        in_file.ticks += SOON
        assert in_file.caller(made.text) is not None
        revoke = f"UPDATE api_keys SET revoked = 1, change = change + 1 WHERE id = '{made.id}'"
        other = f'import sqlite3; c = sqlite3.connect("keys.db"); c.execute("{revoke}"); c.commit(); c.close()'
        subprocess.run([sys.executable, "-c", other], check=True, cwd=in_file.folder)
        in_file.ticks += LIFE
        assert in_file.caller(made.text) is None


def test_a_new_key_is_known_to_a_running_server_in_half_a_second(in_file: Keys) -> None:
    assert in_file.caller(in_file.add().text) is not None
    made = in_file.add()
    assert in_file.caller(made.text) is None
    in_file.ticks += SOON
    assert in_file.caller(made.text) is not None


def test_a_wrong_secret_and_an_unknown_key_look_at_the_store_equally_often(in_file: Keys) -> None:
    made = in_file.add()
    looks = {}
    for name, key in {"wrong": made.text[:-43] + "A" * 43, "unknown": f"lw_{'0' * 12}_{'A' * 43}"}.items():
        server, seen = in_file.server(), []
        changed = in_file.store.changed
        server._store = Counting(changed, seen)  # type: ignore[assignment]
        for _ in range(20):
            assert in_file.caller(key, server) is None
            in_file.ticks += SOON / 4
        looks[name] = len(seen)
    assert looks == {"wrong": 5, "unknown": 5}


@dataclass
class Counting:
    """Counts how often keys are looked for."""

    inner: Any
    seen: list[int]

    def changed(self, since: int) -> Any:
        self.seen.append(since)
        return self.inner(since)

    def opened(self, key: KeptKey) -> KeptKey:
        return key


def test_nothing_of_a_secret_is_kept_nor_whom_a_key_is_bound_to(in_file: Keys) -> None:
    made = in_file.add(Grant(scopes=("decide",), customer="customer-canary"))
    content = b"".join(path.read_bytes() for path in in_file.folder.glob("keys.db*"))
    assert made.id.encode() in content
    assert made.hash in content
    assert made.text[-43:].encode() not in content
    assert b"customer-canary" not in content
    assert made.text not in repr(made)


def test_a_key_that_is_bound_to_a_customer_ends_with_them(keys: Keys) -> None:
    made, other = (keys.add(Grant(scopes=("decide",), customer=name)) for name in ("C-1", "C-2"))
    assert [found and found.customer for found in map(keys.caller, (made.text, other.text))] == ["C-1", "C-2"]
    keys.vault.destroy("C-1")
    assert [found and found.customer for found in map(keys.caller, (made.text, other.text))] == [None, "C-2"]
    states = {key.id: (key.state(keys.now), key.grant.customer) for key in keys.store.all()}
    assert states == {made.id: ("erased", None), other.id: ("good", "C-2")}


def test_a_key_cannot_be_given_to_another_customer_in_the_store(in_file: Keys) -> None:
    mine, theirs = (in_file.add(Grant(scopes=("decide",), customer=name)) for name in ("C-1", "C-2"))
    swap = "UPDATE api_keys SET (reference, sealed) = (SELECT reference, sealed FROM api_keys WHERE id = :theirs) "
    with writing(in_file.store._database).begin() as connection:
        connection.execute(text(swap + "WHERE id = :mine"), {"mine": mine.id, "theirs": theirs.id})
    assert in_file.caller(mine.text) is None
    assert in_file.caller(theirs.text) is not None


def test_changes_are_numbered_one_after_the_other_however_many_make_keys(keys: Keys) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: keys.add(), range(12)))
    numbers = [one.change for one in keys.store.changed()]
    assert numbers == list(range(1, 13))
    assert [one.change for one in keys.store.changed(since=9)] == [10, 11, 12]
    assert all(keys.caller(key.text) for key in made)


def test_a_key_store_that_does_not_answer_is_not_asked_by_every_request(in_file: Keys) -> None:
    made = in_file.add()
    assert in_file.caller(made.text) is not None
    table = "ALTER TABLE api_keys RENAME TO {}"
    with writing(in_file.store._database).begin() as connection:
        connection.execute(text(table.format("gone")))
    in_file.ticks += LIFE
    with pytest.raises(LedgerUnavailable, match="no such table"):
        in_file.caller(made.text)
    with writing(in_file.store._database).begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO api_keys"))
    with pytest.raises(LedgerUnavailable, match="did not answer just now"):
        in_file.caller(made.text)
    in_file.ticks += PAUSE
    assert in_file.caller(made.text) is not None


def test_a_key_of_a_newer_leeway_lets_nobody_in_and_does_not_stop_the_others(in_file: Keys) -> None:
    newer, made = in_file.add(), in_file.add()
    with writing(in_file.store._database).begin() as connection:
        scopes = {"id": newer.id, "granted": '{"scopes":["decide","fly"]}'}
        connection.execute(text("UPDATE api_keys SET granted = :granted WHERE id = :id"), scopes)
    assert in_file.caller(newer.text) is None
    assert in_file.caller(made.text) is not None


@pytest.mark.parametrize(
    ("grant", "more", "why"),
    [
        (Grant(scopes=("approve",)), {}, "add `--role`"),
        (DECIDE, {"life": timedelta(0)}, "1 to 366 days"),
        (DECIDE, {"life": timedelta(days=367)}, "1 to 366 days"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(in_file: Keys, grant: Grant, more: dict[str, Any], why: str) -> None:
    with pytest.raises(KeyRefused, match=why):
        in_file.add(grant, **more)
    assert in_file.store.all() == []


def test_the_page_says_of_every_scope_what_it_lets_somebody_do() -> None:
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert [name for name, means in MEANING.items() if f"| `{name}` | {means} |" not in page] == []
