"""Erasing a customer: what was personal is nowhere any more, and everything else stands as it was written."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ledgers import BEGINNING, contact, faults_of_chains, grant, secret_of, server

from api.ledger.checkpoints import checkpoint
from api.ledger.erasing import Erased, Erasure, ErasureRefused, erase, finish
from api.ledger.exporting import ALL, export
from api.ledger.keyring import LIFE
from api.ledger.opening import Ledger, open_ledger
from api.ledger.problems import LedgerClosed, LedgerUnavailable
from api.ledger.reading import Query
from api.ledger.signing import open_signer
from api.ledger.vault import Vault, open_vault
from api.ledger.verifying import verify
from schemas.events import CustomerEvent, ErasureEvent, Event, OutcomeEvent, PromiseBrokenEvent
from schemas.request import Agent

MASTER = {"LEEWAY_MASTER_KEY": b64encode(bytes(range(32))).decode()}


@dataclass
class Desk:
    """A ledger, and the vault that its personal parts are sealed with."""

    ledger: Ledger
    vault: Vault
    folder: Path
    addresses: tuple[str, str]


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    addresses = (str(tmp_path / "desk.db"), str(tmp_path / "desk-keys.db"))
    if request.param == "postgresql":
        addresses = (server().make(), server().make())
    vault = open_vault(addresses[1], MASTER)
    ledger = open_ledger(addresses[0], vault)
    yield Desk(ledger, vault, tmp_path, addresses)
    ledger.close()
    vault.close()


@pytest.fixture
def in_files(tmp_path: Path) -> Iterator[Desk]:
    addresses = (str(tmp_path / "desk.db"), str(tmp_path / "desk-keys.db"))
    with open_vault(addresses[1], MASTER) as vault, open_ledger(addresses[0], vault) as ledger:
        yield Desk(ledger, vault, tmp_path, addresses)


def wanted(customer: str, reason: str = "they asked for it") -> Erasure:
    return Erasure(customer, reason, BEGINNING + timedelta(days=3), Agent(id="kim"))


def exported(ledger: Ledger, query: Query = ALL) -> list[dict[str, Any]]:
    sink = io.BytesIO()
    count = export(ledger, query, sink)
    lines = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert len(lines) == count
    return lines


def erasures(ledger: Ledger) -> list[Event]:
    return [stored.event for stored in ledger.events(Query(kinds=("erasure",)))]


def test_an_erased_customers_events_keep_what_is_not_personal(desk: Desk) -> None:
    ledger, vault = desk.ledger, desk.vault
    ledger.append([contact(1), grant(2, inputs={"bill": "b-7"}), contact(3, "bob"), contact(4)])
    before, reference = [stored.event for stored in ledger.about("ann")], vault.known("ann")
    erased = erase(ledger, vault, wanted("ann"))
    assert erased.event is not None
    assert (erased.event.events, erased.event.customer, erased.finished) == (3, None, 0)
    after = [stored for stored in ledger.events(ALL) if stored.event.customer == reference]
    assert all(stored.erased for stored in after)
    assert [stored.event for stored in after] == [
        event.model_copy(update={"customer": reference, **({"inputs": {}} if event.kind == "grant" else {"note": ""})})
        for event in before
    ]
    assert [stored.event.note for stored in ledger.about("bob") if stored.event.kind == "contact"] == ["said 3"]
    assert erasures(ledger) == [erased.event]
    assert ledger.about("ann") == []
    assert faults_of_chains(ledger.engine) == []


def test_the_ledger_verifies_after_an_erasure_and_before(desk: Desk) -> None:
    signer = open_signer(desk.folder / "signing.pem")
    desk.ledger.append([contact(number, customer) for number, customer in enumerate(["ann", "bob", "ann"])])
    checkpoint(desk.ledger.database, signer, BEGINNING)
    assert verify(desk.ledger.database, signer.trusted, vault=desk.vault).findings == ()
    erase(desk.ledger, desk.vault, wanted("ann"))
    assert verify(desk.ledger.database, signer.trusted, vault=desk.vault).findings == ()


def test_a_person_who_comes_back_is_somebody_new(desk: Desk) -> None:
    ledger, vault = desk.ledger, desk.vault
    ledger.append([contact(1)])
    before = vault.known("ann")
    erase(ledger, vault, wanted("ann"))
    ledger.append([contact(2)])
    (stored,) = ledger.about("ann")
    assert (stored.event.id, stored.erased) == ("contact-2", False)
    assert stored.event.customer == "ann"
    assert vault.known("ann") not in (None, before)


def test_nobody_is_erased_twice_nor_whom_nobody_knows(desk: Desk) -> None:
    desk.ledger.append([contact(1)])
    assert erase(desk.ledger, desk.vault, wanted("ann")).event is not None
    for customer in ("ann", "nobody"):
        assert erase(desk.ledger, desk.vault, wanted(customer)) == Erased(None, 0)
    assert len(erasures(desk.ledger)) == 1


def test_a_reason_that_names_the_customer_is_refused_and_nobody_is_erased(desk: Desk) -> None:
    desk.ledger.append([contact(1, "ann-17")])
    with pytest.raises(ErasureRefused, match="kept in the clear"):
        erase(desk.ledger, desk.vault, wanted("ann-17", "ann-17 wrote to us"))
    assert len(desk.ledger.about("ann-17")) == 1


def test_a_crash_before_the_event_is_written_leaves_it_to_the_next(desk: Desk) -> None:
    desk.ledger.append([contact(1), contact(2)])
    desk.ledger.close()
    ending = open_ledger(desk.addresses[0], desk.vault)
    ending._writer.close()
    with pytest.raises(LedgerClosed):
        erase(ending, desk.vault, wanted("ann"))
    ending.close()
    assert desk.vault.known("ann") is None
    with open_vault(desk.addresses[1], MASTER) as vault, open_ledger(desk.addresses[0], vault) as ledger:
        assert erasures(ledger) == []
        assert finish(ledger, vault) == 1
        (event,) = erasures(ledger)
        assert isinstance(event, ErasureEvent)
        assert (event.events, event.reason, event.agent.id) == (2, "they asked for it", "kim")
        assert all(stored.erased for stored in ledger.events(Query(kinds=("contact",))))
        assert finish(ledger, vault) == 0


def test_a_crash_after_the_event_is_written_does_not_write_it_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ledger.append([contact(1)])

    def crash(self: Vault, reference: str) -> None:
        raise LedgerUnavailable("it ended here")

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "told", crash)
        with pytest.raises(LedgerUnavailable):
            erase(desk.ledger, desk.vault, wanted("ann"))
    assert len(erasures(desk.ledger)) == 1
    assert erase(desk.ledger, desk.vault, wanted("ann")) == Erased(None, 1)
    assert len(erasures(desk.ledger)) == 1
    assert faults_of_chains(desk.ledger.engine) == []


def test_a_key_that_cannot_be_destroyed_leaves_everything_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ledger.append([contact(1)])
    monkeypatch.setattr("api.ledger.vault.DESTROYED", None)
    with pytest.raises(LedgerUnavailable):
        erase(desk.ledger, desk.vault, wanted("ann"))
    assert [stored.erased for stored in desk.ledger.about("ann")] == [False]
    assert (erasures(desk.ledger), desk.vault.notices()) == ([], {})


def test_what_another_process_still_writes_for_an_erased_customer_cannot_be_read(in_files: Desk) -> None:
    now = [0.0]
    other = open_vault(in_files.addresses[1], MASTER, lambda: now[0])
    with other, open_ledger(in_files.addresses[0], other) as slow:
        slow.append([contact(1)])
        erase(in_files.ledger, in_files.vault, wanted("ann"))
        slow.append([contact(2)])
        now[0] += LIFE
        slow.append([contact(3)])
    read = {stored.event.id: stored.erased for stored in in_files.ledger.events(Query(kinds=("contact",)))}
    assert read == {"contact-1": True, "contact-2": True, "contact-3": False}


def canaries() -> list[tuple[str, list[str], Event]]:
    """Return events of 100 customers, each with the texts that are personal: 500 in all, their own ids among them."""
    made: list[tuple[str, list[str], Event]] = []
    for number in range(100):
        customer, *said = (secret_of(5 * number + place) for place in range(5))
        at = BEGINNING + timedelta(minutes=number)
        given: dict[str, Any] = {"id": f"event-{number}", "at": at, "customer": customer}
        event: Event
        match number % 5:
            case 0:
                event = contact(number, customer, note=" ".join(said))
            case 1:
                event = grant(number, customer=customer, inputs={said[0]: said[1], "more": said[2:]})
            case 2:
                event = CustomerEvent(**given, name="call", data={"text": said[0], "list": said[1:]})
            case 3:
                event = OutcomeEvent(**given, decision="d", outcome="declined", reason="\n".join(said))
            case _:
                event = PromiseBrokenEvent(**given, promise="p", reason="-".join(said))
        made.append((customer, said, event))
    return made


def test_what_is_personal_is_in_no_file_and_of_the_erased_in_no_export(in_files: Desk) -> None:
    made, folder = canaries(), in_files.folder
    in_files.ledger.append([event for _, _, event in made])
    secrets = {text for customer, said, _ in made for text in (customer, *said)}
    assert len(secrets) == 500
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    assert {"desk.db", "desk.db-wal", "desk-keys.db"} <= files.keys()
    assert [name for name, held in files.items() for text in secrets if text.encode() in held] == []
    gone = made[::3]
    for customer, _, _ in gone:
        erase(in_files.ledger, in_files.vault, wanted(customer))
    lines = exported(in_files.ledger)
    text = json.dumps(lines)
    assert [one for customer, said, _ in gone for one in (customer, *said) if one in text] == []
    assert [one for entry in made if entry not in gone for one in entry[1] if one not in text] == []
    assert sum(line["erased"] for line in lines) == len(gone)
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    assert [one for one in secrets if one.encode() in held] == []


def test_an_export_is_what_the_query_wants_in_the_order_it_was_written(desk: Desk) -> None:
    desk.ledger.append([contact(2), contact(1, "bob"), contact(3)])
    lines = exported(desk.ledger, Query(customer="ann"))
    assert [line["event"]["id"] for line in lines] == ["contact-2", "contact-3"]
    assert [(line["seq"], line["number"], line["erased"]) for line in lines] == [(1, 1, False), (3, 3, False)]
    assert [line["event"]["note"] for line in lines] == ["said 2", "said 3"]
    assert all(len(line["hash"]) == 64 for line in lines)
