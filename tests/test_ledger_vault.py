"""The vault: what it seals only the customer's key opens, and nothing does once that is destroyed."""

from __future__ import annotations

import json
import logging
import multiprocessing
import random
import secrets
import stat
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ledger_events import approval, broken, contact, decision, feedback, grant, happened, kept, outcome, promise
from ledger_events import request as asked
from ledgers import secret_of, server
from pydantic import JsonValue
from sqlalchemy import event, func, select, text, update

from api.ledger.key_problems import KeyGone, MasterKeyBroken, MasterKeyMissing, MasterKeyWrong, SealBroken
from api.ledger.keyring import LIFE, Held, Keyring
from api.ledger.keys_tables import customers
from api.ledger.problems import EventRefused, LedgerUnavailable, LedgerUnusable
from api.ledger.stored import APART, bound, prepared
from api.ledger.vault import Vault, keys_beside, open_vault
from schemas.decision import PromiseMade
from schemas.events import KINDS, Event, personal_fields

MASTER = b64encode(bytes(range(32))).decode()


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Store:
    """Where a test keeps its keys."""

    address: str
    folder: Path
    clock: Clock = field(default_factory=Clock)
    opened: list[Vault] = field(default_factory=list)

    def open(self, master: str = MASTER) -> Vault:
        self.opened.append(open_vault(self.address, {"LEEWAY_MASTER_KEY": master}, self.clock))
        return self.opened[-1]

    def bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("keys.db*")))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    address = str(tmp_path / "keys.db") if request.param == "sqlite" else server().make()
    found = Store(address, tmp_path)
    yield found
    for vault in found.opened:
        vault.close()


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Store]:
    found = Store(str(tmp_path / "keys.db"), tmp_path)
    yield found
    for vault in found.opened:
        vault.close()


def count(vault: Vault) -> int:
    with vault._database.reading.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(customers)).scalar_one())


def wrapped(vault: Vault, reference: str) -> bytes:
    with vault._database.reading.connect() as connection:
        return bytes(
            connection.execute(select(customers.c.wrapped).where(customers.c.reference == reference)).scalar_one()
        )


def test_what_is_sealed_is_opened_by_the_same_customers_key_alone(store: Store) -> None:
    vault = store.open()
    ann, bob = vault.reference("ann"), vault.reference("bob")
    sealed = vault.seal(ann, b"my router", b"event-1")
    assert b"router" not in sealed
    assert vault.unseal(ann, sealed, b"event-1") == b"my router"
    assert store.open().unseal(ann, sealed, b"event-1") == b"my router"
    for reference, bound_to in ((bob, b"event-1"), (ann, b"event-2"), (ann, b"")):
        with pytest.raises(SealBroken, match="was changed"):
            vault.unseal(reference, sealed, bound_to)
    assert vault.seal(ann, b"my router", b"event-1") != sealed


SAID: dict[str, Any] = {"ä": 1e-05, "b": [1e16, {"z": None, "a": True}], "all": 2**70, "none": []}
EVENTS = (
    decision("2026-03-02", inputs=SAID, case={"facts": SAID}),
    decision("2026-03-02", reasons=("late",), promises=(PromiseMade(id="sent", due="2026-03-04", say=""),)),
    outcome("2026-03-02", "d", reason="Zu spät."),
    grant("2026-03-02", inputs=SAID),
    asked("2026-03-02", "d", note="please", credentials=("k-1", "k-2")),
    approval("2026-03-02", "d", reason="fine", decided=SAID),
    contact("2026-03-02", note='said "router"\n'),
    promise("2026-03-02", "p-1", "2026-03-04", inputs=SAID),
    kept("2026-03-02", "p-1"),
    broken("2026-03-02", "p-1", reason="forgot"),
    happened("2026-03-02", "outage", data=SAID),
)


def canonical(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("one", EVENTS, ids=lambda one: str(one.id))
def test_what_is_sealed_of_an_event_is_its_personal_fields_as_json_has_them(in_file: Store, one: Event) -> None:
    vault = in_file.open()
    values = prepared(one, vault).values
    whole, personal = one.model_dump(mode="json"), {"customer", *personal_fields(type(one))}
    body, ann = json.loads(bytes(values["body"])), str(values["customer"])
    sealed, apart = b64decode(body["sealed"]), values["sealed_apart"]
    assert vault.unseal(ann, sealed, bound(one.id)) == canonical({n: whole[n] for n in personal.difference(APART)})
    assert (apart is None) == personal.isdisjoint(APART)
    if isinstance(apart, bytes):
        opened = vault.unseal(ann, apart, bound(one.id, apart=True))
        assert opened == canonical({name: whole[name] for name in personal.intersection(APART)})
    rest = {name: value for name, value in whole.items() if name not in personal}
    assert values["body"] == canonical({**rest, "customer": ann, "sealed": body["sealed"]})


def test_an_event_of_nobody_is_kept_whole(in_file: Store) -> None:
    for one in (decision("2026-03-02", customer=None, inputs=SAID, case=SAID), feedback("2026-03-02", "late", True)):
        values = prepared(one, in_file.open()).values
        assert values["body"] == canonical(one.model_dump(mode="json"))
        assert (values["sealed_apart"], values["gist"]) == (None, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("1.5"), "\ud800"])
def test_what_json_has_no_form_for_is_not_kept(in_file: Store, value: Any) -> None:
    # Events of decisions are made of values that nobody checked again.
    made = decision("2026-03-02").model_copy(update={"case": {"facts": [value]}})
    with pytest.raises(EventRefused, match="has no form for"):
        prepared(made, in_file.open())


def test_what_is_sealed_of_events_is_texts_and_json_objects() -> None:
    types = {kind.model_fields[name].annotation for kind in KINDS.values() for name in personal_fields(kind)}
    assert types == {str, dict[str, JsonValue]}


def test_any_bit_of_a_sealed_part_that_flips_is_told(in_file: Store) -> None:
    vault = in_file.open()
    ann = vault.reference("ann")
    sealed = vault.seal(ann, b"my router", b"event-1")
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            vault.unseal(ann, bytes(changed), b"event-1")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.unseal(ann, sealed[:length], b"event-1")


def test_the_keys_of_many_are_read_together_and_destroyed_ones_stay_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.ledger.vault.ASKED", 5)
    vault, names = store.open(), [f"customer-{number}" for number in range(12)]
    references = [vault.reference(name) for name in names]
    sealed = [vault.seal(reference, b"said", b"1") for reference in references]
    vault.destroy(names[3])
    again = store.open()
    asked = queries(again)
    again.warm([*references, "c-nobody", references[0]])
    again.warm(references)
    opened = [again.unseal(reference, part, b"1") for reference, part in zip(references, sealed, strict=True)]
    assert opened == [None if name == names[3] else b"said" for name in names]
    assert len(asked) == 3
    store.clock.now += LIFE
    again.warm(references[:2])
    assert len(asked) == 4
    vault.destroy(names[0])
    store.clock.now += LIFE
    assert again.unseal(references[0], sealed[0], b"1") is None


def queries(vault: Vault) -> list[str]:
    """Return a list that gathers what a vault asks its database."""
    asked: list[str] = []

    def gather(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(vault._database.reading, "before_cursor_execute", gather)
    return asked


def test_references_stay_and_tell_nothing_of_the_customer(store: Store) -> None:
    vault, names = store.open(), [secret_of(number) for number in range(20)]
    made = {name: vault.reference(name) for name in names}
    assert len(set(made.values())) == 20
    again = store.open()
    assert {name: again.reference(name) for name in names} == made
    assert {name: again.known(name) for name in names} == made
    assert again.known("nobody") is None
    assert count(vault) == 20
    for name, reference in made.items():
        assert name not in reference
        assert name.encode() not in store.bytes()
    elsewhere = open_vault(str(store.folder / "others.db"), {"LEEWAY_MASTER_KEY": MASTER})
    assert elsewhere.reference(names[0]) != made[names[0]]
    elsewhere.close()


def test_a_destroyed_key_opens_nothing_and_its_customer_begins_anew(store: Store) -> None:
    vault = store.open()
    ann, bob = vault.reference("ann"), vault.reference("bob")
    hers, his = vault.seal(ann, b"hers", b"1"), vault.seal(bob, b"his", b"2")
    assert vault.destroy("ann") == ann
    assert vault.destroy("ann") is None
    assert vault.unseal(ann, hers, b"1") is None
    assert vault.known("ann") is None
    assert vault.key(ann) == "destroyed"
    assert vault.key(bob) == "kept"
    assert vault.key("c-never") == "missing"
    with pytest.raises(KeyGone, match="send the event again"):
        vault.seal(ann, b"more", b"3")
    anew = vault.reference("ann")
    assert anew != ann
    assert vault.unseal(anew, vault.seal(anew, b"new", b"4"), b"4") == b"new"
    assert vault.unseal(ann, hers, b"1") is None
    assert vault.unseal(bob, his, b"2") == b"his"


def test_another_process_uses_a_destroyed_key_for_a_few_seconds_at_most(store: Store) -> None:
    vault, other = store.open(), store.open()
    ann = vault.reference("ann")
    sealed = vault.seal(ann, b"hers", b"1")
    assert other.unseal(ann, sealed, b"1") == b"hers"
    vault.destroy("ann")
    store.clock.now += LIFE
    assert other.unseal(ann, sealed, b"1") is None
    assert other.known("ann") is None


def test_a_key_that_is_destroyed_while_others_read_is_used_by_none_of_them_afterwards(in_file: Store) -> None:
    vault = in_file.open()
    for number in range(8):
        customer = f"c{number}"
        reference = vault.reference(customer)
        sealed = vault.seal(reference, b"x", b"1")
        stop = threading.Event()

        def read(reference: str = reference, sealed: bytes = sealed, stop: threading.Event = stop) -> None:
            while not stop.is_set():
                in_file.clock.now += LIFE / 3
                vault.unseal(reference, sealed, b"1")

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        vault.destroy(customer)
        assert vault.unseal(reference, sealed, b"1") is None
        stop.set()
        for thread in threads:
            thread.join()
        assert vault.unseal(reference, sealed, b"1") is None


def test_threads_that_meet_a_new_customer_at_once_make_one(store: Store) -> None:
    vaults = [store.open() for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        for number in range(5):
            found = list(pool.map(lambda place, number=number: vaults[place % 2].reference(f"c{number}"), range(16)))
            assert len(set(found)) == 1
    assert count(vaults[0]) == 5


def _references(address: str, names: list[str]) -> list[str]:
    with open_vault(address, {"LEEWAY_MASTER_KEY": MASTER}) as vault:
        return [vault.reference(name) for name in names]


def test_processes_that_meet_new_customers_at_once_make_one_each(store: Store) -> None:
    names = [f"c{number}" for number in range(40)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        jobs = [pool.apply_async(_references, (store.address, names)) for _ in range(2)]
        one, other = (job.get(60) for job in jobs)
    assert one == other
    assert count(store.open()) == 40


def test_a_vault_goes_on_in_a_process_that_is_forked_from_its_own(store: Store) -> None:
    vault = store.open()
    ann = vault.reference("ann")
    with multiprocessing.get_context("fork").Pool(1, initializer=_inherit, initargs=(vault,)) as pool:
        assert pool.apply(_inherited, ("ann",)) == ann
        bob = pool.apply(_inherited, ("bob",))
    assert vault.reference("bob") == bob


def _inherit(vault: Vault) -> None:
    _inherit.vault = vault  # type: ignore[attr-defined]


def _inherited(customer: str) -> str:
    return str(_inherit.vault.reference(customer))  # type: ignore[attr-defined]


def test_destroyed_keys_are_in_no_file(in_file: Store) -> None:
    vault, draw = in_file.open(), random.Random(3)
    names = [f"c{number}" for number in range(100)]
    keys = {name: wrapped(vault, vault.reference(name)) for name in names}
    assert all(key in in_file.bytes() for key in keys.values())
    gone = draw.sample(names, 40)
    for name in gone:
        vault.destroy(name)
    left = in_file.bytes()
    assert [name for name in gone if keys[name] in left] == []
    assert [name for name in names if name not in gone and keys[name] not in left] == []


def test_a_key_that_cannot_leave_the_file_yet_is_told(in_file: Store) -> None:
    vault = open_vault(f"sqlite:///{in_file.address}?timeout=0.05", {"LEEWAY_MASTER_KEY": MASTER})
    ann = vault.reference("ann")
    with vault._database.reading.connect() as reader:
        reader.execute(select(customers)).all()
        with pytest.raises(LedgerUnavailable, match="still in its files"):
            vault.destroy("ann", "a notice")
    assert vault.key(ann) == "destroyed"
    assert vault.notices() == {ann: "a notice"}
    vault.scrub()
    vault.told(ann)
    assert vault.notices() == {}
    vault.close()


def test_a_changed_key_is_told(store: Store) -> None:
    vault = store.open()
    ann, bob = vault.reference("ann"), vault.reference("bob")
    with vault._database.writing.begin() if vault._database.file else vault._database.reading.begin() as connection:
        theirs = {reference: wrapped(vault, reference) for reference in (ann, bob)}
        for reference, other in ((ann, bob), (bob, ann)):
            connection.execute(
                update(customers).where(customers.c.reference == reference).values(wrapped=theirs[other])
            )
    with pytest.raises(SealBroken, match="the key of customer"):
        store.open().seal(ann, b"x", b"1")


def test_another_master_key_is_refused_when_the_store_is_opened(store: Store) -> None:
    store.open().reference("ann")
    with pytest.raises(MasterKeyWrong, match="not the one that this key store was made with") as problem:
        store.open(b64encode(secrets.token_bytes(32)).decode())
    assert MASTER not in str(problem.value)


@pytest.mark.parametrize("said", ["", "x", "no base64!", b64encode(bytes(31)).decode(), b64encode(bytes(33)).decode()])
def test_what_is_no_master_key_is_told_and_not_repeated(said: str, in_file: Store) -> None:
    with pytest.raises(MasterKeyBroken) as problem:
        in_file.open(said)
    assert len(said) < 2 or said not in str(problem.value)


def test_a_master_key_is_made_once_and_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    address, file = str(tmp_path / "keys.db"), tmp_path / "keys.master"
    with caplog.at_level(logging.WARNING), open_vault(address, {}) as vault:
        ann = vault.reference("ann")
        assert vault.master.made == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys.db").stat().st_mode) == 0o600
    assert "keep a copy apart" in caplog.text
    assert file.read_text().strip() not in caplog.text + repr(vault.master)
    caplog.clear()
    with open_vault(address, {}) as vault:
        assert vault.master.made is None
        assert vault.reference("ann") == ann
    assert caplog.text == ""
    with open_vault(address, {"LEEWAY_MASTER_KEY_FILE": str(file)}) as vault:
        assert vault.reference("ann") == ann
    with open_vault(address, {"LEEWAY_MASTER_KEY": file.read_text()}) as vault:
        assert vault.reference("ann") == ann


def test_no_new_master_key_is_made_for_a_store_that_is_in_use(tmp_path: Path) -> None:
    address = str(tmp_path / "keys.db")
    open_vault(address, {}).close()
    (tmp_path / "keys.master").rename(tmp_path / "elsewhere")
    with pytest.raises(MasterKeyMissing, match="put it back"):
        open_vault(address, {})
    assert not (tmp_path / "keys.master").exists()
    with pytest.raises(MasterKeyMissing, match="cannot be read"):
        open_vault(address, {"LEEWAY_MASTER_KEY_FILE": str(tmp_path / "nowhere")})


def test_a_store_on_a_server_needs_to_be_given_its_master_key() -> None:
    with pytest.raises(MasterKeyMissing, match="set LEEWAY_MASTER_KEY"):
        open_vault(server().make(), {})


def test_a_store_that_cannot_be_read_is_unavailable(store: Store) -> None:
    vault = store.open()
    engine = vault._database.writing if vault._database.file else vault._database.reading
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE customers"))
    with pytest.raises(LedgerUnavailable, match="the key store says"):
        vault.reference("ann")


def test_keys_lie_beside_the_ledger_unless_it_is_on_a_server(tmp_path: Path) -> None:
    assert keys_beside(str(tmp_path / "desk.db")) == str(tmp_path / "desk-keys.db")
    assert keys_beside(f"sqlite:///{tmp_path}/desk.db") == str(tmp_path / "desk-keys.db")
    assert keys_beside("postgresql://nobody@nowhere/desk") is None
    with pytest.raises(LedgerUnusable):
        keys_beside("redis://nowhere")


def test_few_keys_are_in_memory_and_for_a_short_time() -> None:
    clock = Clock()
    ring = Keyring(clock, most=3, life=2)
    for number in range(5):
        ring.put(Held(bytes([number]), str(number), None, ring.until), ring.turn)
    assert [ring.by_reference(str(number)) is not None for number in range(5)] == [False, False, True, True, True]
    assert [ring.by_lookup(bytes([number])) is not None for number in range(5)] == [False, False, True, True, True]
    assert len(ring) == 3
    clock.now = 2
    assert [ring.by_reference(str(number)) for number in range(5)] == [None] * 5


def test_what_was_read_before_a_key_was_destroyed_is_not_kept() -> None:
    ring = Keyring(Clock())
    turn = ring.turn
    ring.forget("one")
    ring.put(Held(b"1", "one", None, ring.until), turn)
    assert ring.by_reference("one") is None
