"""Verifying: what was changed is found and named, what was not is not, and what only a witness can find is said."""

from __future__ import annotations

import json
import random
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_events import decision
from ledger_tampering import Tampered, drawn, renamed, rewrite, undetected
from ledgers import (  # noqa: F401 - fixtures
    BEGINNING,
    Keys,
    Place,
    as_before,
    contact,
    faults_of_chains,
    place,
    server,
    written,
)
from serving_desk import NOON, asked, opened, pack, taken
from sqlalchemy import delete, select, text, update

from api.ledger.checkpoints import (
    CheckpointRefused,
    Often,
    checkpoint,
    checkpoint_if_due,
    exported,
    witnessed,
)
from api.ledger.connecting import database
from api.ledger.opening import Ledger
from api.ledger.problems import LedgerUnusable
from api.ledger.signing import SigningKeyBroken, open_signer, public_folder, public_keys, rotated
from api.ledger.tables import checkpoints, events
from api.ledger.vault import open_vault
from api.ledger.verifying import CUT, SINCE, verify
from api.serving.deciding import decided
from api.serving.outcomes import settled
from api.serving.promising import made_to
from api.serving.recording import recorded
from schemas.events import PromiseKeptEvent
from schemas.request import Agent

DAY = timedelta(days=1)


def codes(ledger: Tampered, witness: bool = False) -> list[str]:
    return sorted({one.code for one in ledger.verified(witness).findings})


@pytest.mark.property
def test_whatever_is_done_to_a_ledger_is_found(tmp_path: Path) -> None:
    assert undetected(tmp_path, 64, seed=20260501) == []


@pytest.mark.property
def test_whatever_is_done_to_a_ledger_in_postgresql_is_found(tmp_path: Path) -> None:
    assert undetected(tmp_path, 24, seed=20260502, url=server().make) == []


def test_a_ledger_that_nobody_touched_has_no_finding(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(4))
    report = ledger.verified(witness=True)
    assert (report.findings, report.more, report.sound) == ((), 0, True)
    assert (report.events, report.unsigned) == (len(ledger.rows), 4)
    assert report.writers == len({row["writer"] for row in ledger.rows})
    assert report.checkpoints == len(ledger.statements)
    with ledger.database.reading.connect() as connection:
        assert len(connection.execute(select(events.c.id)).all()) == report.events


def test_events_written_before_there_were_later_columns_verify_among_others(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    life = [decision("2026-05-01", case={"age": 5}), contact(1), decision("2026-05-03", customer=None)]
    written(place, [as_before(event, place.keys) for event in life])
    ledger.append([decision("2026-05-04", case={"age": 5})])
    assert faults_of_chains(ledger.engine) == []
    found, rows = database(place.url), select(events).order_by(events.c.seq)
    place.opened.append(found)  # type: ignore[arg-type] - it is closed when the test ends
    assert verify(found, {}).findings == ()
    with found.reading.begin() as connection:
        last = connection.execute(rows).mappings().all()[-1]
        old = events.c.id == life[0].id
        connection.execute(update(events).where(old).values(sealed_apart=last["sealed_apart"]))
    (finding,) = verify(found, {}).findings
    assert (finding.code, finding.id) == ("event-changed", life[0].id)


def test_a_gist_that_does_not_say_what_the_body_says_is_found_however_well_it_is_chained(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(9))
    rows = [dict(row) for row in ledger.rows if row["seq"] > ledger.signed or row["gist"] is not None]
    row = next(row for row in rows if row["kind"] == "decision" and row["gist"] is not None)
    row["gist"] = row["gist"].replace(b"approve", b"decline")
    with ledger.database.reading.begin() as connection:
        connection.execute(delete(checkpoints))
        rewrite(connection, rows)
    found = [str(one) for one in ledger.verified().findings]
    assert [one for one in found if "column `gist` is not what the body says" in one] == found
    assert len(found) == 1


def test_a_promise_of_a_decision_with_an_agent_and_a_team_verifies(place: Place, tmp_path: Path) -> None:  # noqa: F811
    agent = Agent(role="agent", team="blue", id="kim")
    with opened(place, pack(tmp_path / "tiny")) as desk:
        decided(desk, asked("d1", agent=agent))
        settled(desk, "d1", taken("o1"))
        (promise,) = made_to(desk, "C-1", NOON + DAY)
        kept = PromiseKeptEvent(id="k1", at=NOON + DAY, customer="C-1", promise=promise.event.id, agent=agent)
        recorded(desk.ledger, desk.release, kept)
        with desk.ledger.engine.connect() as connection:
            recalled = {kind for kind, gist in connection.execute(select(events.c.kind, events.c.gist)) if gist}
        assert verify(desk.ledger.database, {}).findings == ()
    assert {"decision", "grant", "promise_made", "promise_kept"} <= recalled


def test_an_empty_ledger_has_no_finding(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    signer = open_signer(place.folder / "signing.pem")
    assert checkpoint(ledger.database, signer, BEGINNING).said.events == 0
    report = verify(ledger.database, signer.trusted)
    assert (report.findings, report.events, report.checkpoints) == ((), 0, 1)


def test_a_finding_names_the_event_and_what_is_wrong_in_words(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(5))
    row = ledger.rows[10]
    with ledger.database.reading.begin() as connection:
        connection.execute(update(events).where(events.c.seq == row["seq"]).values(agent="mallory"))
    found = ledger.verified().findings
    assert [(one.code, one.writer, one.number, one.id) for one in found] == [
        (code, row["writer"], row["number"], row["id"]) for code in ("event-changed", "body-differs")
    ]
    where = f"writer {row['writer']}, event {row['number']}, id `{row['id']}`"
    assert str(found[0]) == f"{where}: event-changed: what it says is not what was written: its hash is another"
    assert str(found[1]).endswith("column `agent` is not what the body says")


@pytest.mark.parametrize("column", [one.name for one in events.columns if one.name not in ("seq", "id")])
def test_a_number_with_a_fraction_in_any_column_of_a_file_is_found(tmp_path: Path, column: str) -> None:
    ledger = drawn(Place(f"sqlite:///{tmp_path}/ledger.db", tmp_path), random.Random(5), size=12)
    with ledger.database.reading.begin() as connection:
        connection.execute(text(f"UPDATE events SET {column} = 1.5 WHERE seq = 3"))
    assert not ledger.verified().sound
    ledger.database.close()


def test_a_removed_event_is_named_by_the_one_behind_it(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(6))
    row = next(row for row in ledger.rows if row["number"] == 3 and row["seq"] < ledger.signed - 3)
    with ledger.database.reading.begin() as connection:
        connection.execute(delete(events).where(events.c.seq == row["seq"]))
    removed = next(one for one in ledger.verified().findings if one.code == "events-removed")
    assert (removed.writer, removed.number) == (row["writer"], 4)
    assert removed.what == "event 3 of this writer should come before it"


def test_a_writer_of_whom_nothing_is_left_is_found_by_the_checkpoint(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(7))
    first = ledger.rows[0]["writer"]
    with ledger.database.reading.begin() as connection:
        connection.execute(delete(events).where(events.c.writer == first))
    found = [one for one in ledger.verified().findings if one.writer == first and one.code == "events-removed"]
    assert found
    assert found[0].what.endswith("were signed, and all it wrote is gone")


def test_a_cut_tail_is_found_by_a_witness_and_by_nobody_else(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(8))
    if len(ledger.witness) < 2:
        pytest.fail("this seed draws one checkpoint only")
    kept = ledger.witness[-2].said
    with ledger.database.reading.begin() as connection:
        connection.execute(delete(events).where(events.c.seq > kept.seq))
        connection.execute(delete(checkpoints).where(checkpoints.c.id > kept.id))
    alone = ledger.verified()
    assert alone.findings == ()
    assert CUT in alone.beyond
    seen = ledger.verified(witness=True)
    assert {"events-removed", "witness-differs"} == {one.code for one in seen.findings}
    assert SINCE in seen.beyond
    assert CUT not in seen.beyond


def test_a_ledger_written_anew_with_the_signing_key_is_found_by_a_witness_alone(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(9))
    rows = [dict(row) for row in ledger.rows]
    rows[5] = renamed(rows[5])
    with ledger.database.reading.begin() as connection:
        rewrite(connection, rows)
        connection.execute(delete(checkpoints))
    checkpoint(ledger.database, ledger.signer, BEGINNING + DAY)
    assert codes(ledger) == []
    assert set(codes(ledger, witness=True)) == {"event-changed", "witness-differs"}


def test_the_end_that_is_not_signed_yet_is_not_vouched_for(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(10))
    with ledger.database.reading.begin() as connection:
        connection.execute(delete(events).where(events.c.seq == ledger.rows[-1]["seq"]))
    report = ledger.verified(witness=True)
    assert (report.findings, report.unsigned) == ((), 3)
    assert any("behind the last checkpoint" in one for one in report.beyond)


def test_bits_that_flip_in_the_file_are_found_or_change_nothing_that_is_read(tmp_path: Path) -> None:
    ledger = drawn(Place(f"sqlite:///{tmp_path}/ledger.db", tmp_path), random.Random(11))
    ledger.database.close()
    whole, draw, found = (tmp_path / "ledger.db").read_bytes(), random.Random(12), 0
    for number in range(25):
        changed = bytearray(whole)
        changed[draw.randrange(100, len(whole))] ^= 1 << draw.randrange(8)
        path = tmp_path / f"changed{number}.db"
        path.write_bytes(changed)
        again = database(str(path))
        if not verify(again, ledger.signer.trusted).sound:
            found += 1
        else:
            with again.reading.connect() as connection:
                rows = connection.execute(select(events).order_by(events.c.seq)).mappings().all()
            assert [dict(row) for row in rows] == ledger.rows
        again.close()
    assert found > 5


def test_a_ledger_that_is_not_there_is_not_made_by_verifying_it(tmp_path: Path) -> None:
    nowhere = database(str(tmp_path / "nowhere.db"))
    with pytest.raises(LedgerUnusable, match="there is no ledger"):
        verify(nowhere, {})
    assert not (tmp_path / "nowhere.db").exists()
    (tmp_path / "nowhere.db").write_bytes(b"no database at all, " * 100)
    assert [one.code for one in verify(nowhere, {}).findings] == ["database-damaged"]
    nowhere.close()


def test_nothing_new_is_not_signed_again(place: Place) -> None:  # noqa: F811
    ledger, signer = place.open(), open_signer(place.folder / "signing.pem")
    ledger.append([contact(1)])
    first = checkpoint(ledger.database, signer, BEGINNING)
    assert checkpoint(ledger.database, signer, BEGINNING + DAY) == first
    ledger.append([contact(2)])
    second = checkpoint(ledger.database, signer, BEGINNING + DAY)
    assert (second.said.id, second.said.events, second.said.previous) == (2, 2, first.hash)
    assert list(second.said.heads) == list(first.said.heads)


def test_a_ledger_that_was_changed_is_not_signed(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(13))
    place.open().append([contact(1000)])
    changes = (
        (update(events).where(events.c.seq == ledger.rows[-1]["seq"]).values(agent="mallory"), "event-changed"),
        (delete(events).where(events.c.seq == ledger.signed), "events-removed"),
        (update(checkpoints).values(signature=b"x"), "checkpoint-changed"),
        (update(checkpoints).values(body="{}"), "checkpoint-changed"),
    )
    for change, code in changes:
        with ledger.database.reading.begin() as connection:
            connection.execute(change)
        with pytest.raises(CheckpointRefused, match="verify it") as problem:
            checkpoint(ledger.database, ledger.signer, BEGINNING + DAY)
        assert problem.value.findings[0].code == code
        ledger.put_back()


def test_checkpoints_that_are_made_at_once_follow_each_other(place: Place) -> None:  # noqa: F811
    signer = open_signer(place.folder / "signing.pem")
    ledgers = [place.open() for _ in range(3)]

    def work(number: int) -> None:
        ledger = ledgers[number % 3]
        ledger.append([contact(number)])
        checkpoint(ledger.database, signer, BEGINNING)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(9)))
    report = verify(ledgers[0].database, signer.trusted)
    assert (report.findings, report.events, report.unsigned) == ((), 9, 0)


def due(ledger: Ledger, place: Place, after: timedelta) -> bool:  # noqa: F811
    signer, often = open_signer(place.folder / "signing.pem"), Often(events=3, time=timedelta(hours=1))
    return checkpoint_if_due(ledger.database, signer, BEGINNING + after, often) is not None


def test_a_checkpoint_is_due_after_so_many_events_or_so_long(place: Place) -> None:  # noqa: F811
    ledger, minute = place.open(), timedelta(minutes=1)
    assert not due(ledger, place, 0 * minute)
    ledger.append([contact(1)])
    assert due(ledger, place, 0 * minute)
    assert not due(ledger, place, 100 * minute)
    ledger.append([contact(2), contact(3)])
    assert not due(ledger, place, 59 * minute)
    assert due(ledger, place, 60 * minute)
    ledger.append([contact(4), contact(5), contact(6)])
    assert due(ledger, place, 61 * minute)
    assert verify(ledger.database, open_signer(place.folder / "signing.pem").trusted).unsigned == 0


def test_a_witness_is_read_as_it_was_exported(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(14))
    lines = [exported(one) for one in ledger.witness]
    assert tuple(witnessed([*lines, "\n"])) == ledger.witness
    broken = json.loads(lines[0])
    for change in ({"checkpoint": "{}"}, {"signature": "?"}, {"checkpoint": broken["checkpoint"] + " "}):
        with pytest.raises(ValueError, match="line 2 of the witness is no checkpoint"):
            list(witnessed([lines[0], json.dumps({**broken, **change})]))


def test_a_witness_that_nobody_signed_accuses_nobody(place: Place) -> None:  # noqa: F811
    ledger = drawn(place, random.Random(15))
    held = json.loads(exported(ledger.witness[-1]))
    forged = json.dumps({**held, "checkpoint": held["checkpoint"].replace(f'"seq":{ledger.signed}', '"seq":99')})
    report = verify(ledger.database, ledger.signer.trusted, list(witnessed([forged])))
    assert [one.code for one in report.findings] == ["witness-untrusted"]


def test_after_the_key_is_rotated_what_it_signed_is_still_trusted(place: Place) -> None:  # noqa: F811
    ledger, path = place.open(), place.folder / "signing.pem"
    old = open_signer(path)
    ledger.append([contact(1)])
    checkpoint(ledger.database, old, BEGINNING)
    new = rotated(path)
    assert old.key != new.key
    assert set(new.trusted) == {old.key, new.key}
    ledger.append([contact(2)])
    checkpoint(ledger.database, new, BEGINNING)
    assert verify(ledger.database, new.trusted).findings == ()
    assert verify(ledger.database, public_keys(public_folder(path).glob("*.pem"))).findings == ()
    assert [one.code for one in verify(ledger.database, old.trusted).findings] == ["checkpoint-untrusted"]


def test_a_signing_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    signer = open_signer(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rotated(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "public.pem").write_text(signer.public())
    assert list(public_keys([tmp_path / "public.pem"])) == [signer.key]
    for content in (b"", b"no key", signer.public().encode()):
        path.write_bytes(content)
        with pytest.raises(SigningKeyBroken, match="holds no Ed25519 key"):
            open_signer(path)
    with pytest.raises(SigningKeyBroken):
        public_keys([path.with_name("nowhere.pem")])


def test_keys_of_another_store_are_told(tmp_path: Path) -> None:
    place, signer = Place(f"sqlite:///{tmp_path}/ledger.db", tmp_path), open_signer(tmp_path / "signing.pem")  # noqa: F811
    with open_vault(str(tmp_path / "mine.db"), {}) as mine, open_vault(str(tmp_path / "other.db"), {}) as other:
        place.keys = mine  # type: ignore[assignment]
        ledger = place.open()
        ledger.append([contact(1), contact(2, "bob"), contact(3, None)])
        assert verify(ledger.database, signer.trusted, vault=mine).findings == ()
        found = verify(ledger.database, signer.trusted, vault=other).findings
        assert [one.code for one in found] == ["key-missing"] * 2
        shutil.rmtree(tmp_path / "none", ignore_errors=True)
        place.close()


def test_many_findings_are_counted_and_some_named(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/ledger.db", tmp_path, Keys())  # noqa: F811
    ledger, signer = place.open(), open_signer(tmp_path / "signing.pem")
    ledger.append([contact(number, None) for number in range(600)])
    with ledger.database.writing.begin() as connection:
        connection.execute(update(events).values(agent="mallory"))
    report = verify(ledger.database, signer.trusted)
    assert (len(report.findings), report.more) == (1000, 200)
    place.close()
