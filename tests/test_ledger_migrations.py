"""The tables of a ledger come to be, once, however many open it, and are those that the code reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_events import decision
from ledgers import Keys, Place, as_before, contact, elsewhere, grant, server
from sqlalchemy import Engine, event, text

from api.ledger.chain import CONTENT, GENESIS, link
from api.ledger.connecting import Database, database
from api.ledger.migrating import STEPS, migrate
from api.ledger.opening import open_ledger
from api.ledger.problems import LedgerUnusable
from api.ledger.reading import Query
from api.ledger.tables import REVISION, metadata
from api.ledger.verifying import verify
from engine.memory.past import FIELDS, past_of


def open_and_append(url: str, number: int, start: float) -> None:
    while time.monotonic() < start:
        pass
    with open_ledger(url, Keys()) as ledger:
        ledger.append([contact(number)])


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database that has no tables."""
    return f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else server().make("template1")


def test_the_steps_make_the_tables_that_are_read(empty: str) -> None:
    found = database(empty)
    migrate(found)
    with found.reading.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    found.close()


def test_the_last_step_is_the_one_that_is_asked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_processes_that_open_a_new_ledger_at_once_make_it_once(empty: str) -> None:
    start = time.monotonic() + 0.5
    opening = [elsewhere(open_and_append, empty, number, start) for number in (1, 2, 3)]
    for process in opening:
        process.join()
    assert [process.exitcode for process in opening] == [0, 0, 0]
    found = database(empty)
    with found.reading.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 3
        assert connection.execute(text("SELECT count(*) FROM turn")).scalar() == 1
    found.close()


def test_a_ledger_of_before_is_read_and_verifies_as_it_was(empty: str, tmp_path: Path) -> None:
    keys, life = Keys(), [decision("2026-05-01", case={"age": 5}), contact(1), grant(2)]
    found = database(empty)
    step(found, "0001")
    with found.writing.begin() as connection:
        prev = GENESIS
        for number, row in enumerate((dict(as_before(event, keys).values) for event in life), 1):
            placed = {**row, "writer": "w", "number": number, "prev": prev}
            prev = link(prev, placed)
            connection.execute(
                OLD, {**{name: placed[name] for name in (*CONTENT, "writer", "number", "prev")}, "hash": prev}
            )
    place = Place(empty, tmp_path, keys)
    ledger = place.open()
    assert [stored.event for stored in ledger.events(Query())] == life
    assert ledger.passed("ann", tuple(FIELDS), 9) == [past_of(event) for event in sorted(life, key=lambda one: one.at)]
    ledger.append([life[0], decision("2026-05-02", case={"age": 6})])
    assert verify(found, {}).findings == ()
    assert verify(found, {}).events == 4
    place.close()
    found.close()


OLD = text(
    f"INSERT INTO events ({', '.join((*CONTENT, 'writer', 'number', 'prev', 'hash'))})"
    f" VALUES ({', '.join(f':{name}' for name in (*CONTENT, 'writer', 'number', 'prev', 'hash'))})"
)
"""Inserts a row as the first Leeway did."""


def step(found: Database, revision: str) -> None:
    """Make the tables as they were at a revision."""
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.set_main_option("path_separator", "os")
    with found.reading.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_a_ledger_that_is_up_to_date_is_opened_without_writing(tmp_path: Path) -> None:
    place = Place(f"{tmp_path}/ledger.db", tmp_path)
    place.open().append([contact(1)])
    place.close()
    found = database(place.url)
    begun: list[object] = []
    event.listen(found.writing, "begin", begun.append)
    migrate(found)
    assert begun == []
    found.close()


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    found = database(f"{tmp_path}/ledger.db")
    stop = create_failure(found.writing)
    with pytest.raises(RuntimeError, match="no further"):
        migrate(found)
    stop()
    with found.reading.connect() as connection:
        assert connection.execute(text("SELECT name FROM sqlite_master")).all() == []
    migrate(found)
    found.close()


def create_failure(engine: Engine) -> Callable[[], None]:
    def fail(_: object, __: object, statement: str, *___: object) -> None:
        if "CREATE TABLE releases" in statement:
            raise RuntimeError("no further")

    event.listen(engine, "before_cursor_execute", fail)
    return lambda: event.remove(engine, "before_cursor_execute", fail)


def test_a_ledger_of_a_newer_leeway_is_refused(empty: str) -> None:
    found = database(empty)
    migrate(found)
    with found.reading.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerUnusable, match="newer Leeway"):
        migrate(found)
    found.close()


def test_a_sqlite_ledger_writes_ahead_and_syncs_each_commit(tmp_path: Path) -> None:
    place = Place(f"{tmp_path}/ledger.db", tmp_path)
    ledger = place.open()
    for engine in (ledger.database.reading, ledger.database.writing):
        with engine.connect() as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
            ]
        assert settings == ["wal", 2]
    place.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite://", "in memory"),
        (":memory:", "in memory"),
        ("mysql://here/ledger", "postgresql://"),
        ("://", "no URL"),
        ("no/such/folder/ledger.db", "no folder"),
    ],
)
def test_an_address_that_is_none_is_refused_with_what_to_give(address: str, words: str) -> None:
    with pytest.raises(LedgerUnusable, match=words):
        database(address)


def test_postgresql_without_its_driver_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerUnusable, match=r"leeway\[postgresql\]"):
        database("postgresql://somewhere/ledger")


def test_a_relaxed_ledger_elsewhere_needs_a_folder() -> None:
    with pytest.raises(LedgerUnusable, match="folder"):
        open_ledger("postgresql://somewhere/ledger", Place("", Path()).keys, mode="relaxed")
