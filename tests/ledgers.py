"""Ledgers for tests: in SQLite and PostgreSQL, with a key store in memory, and writers that are killed."""

import atexit
import base64
import ctypes
import itertools
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, select

from api.ledger.chain import GENESIS, LATER, content, link
from api.ledger.committing import Committer
from api.ledger.connecting import database
from api.ledger.migrating import migrate
from api.ledger.opening import Ledger, Mode, open_ledger
from api.ledger.queueing import Job
from api.ledger.stored import Prepared, prepared
from api.ledger.tables import events
from schemas.events import ContactEvent, Event, GrantEvent, personal_fields
from schemas.request import Agent

BEGINNING = datetime(2026, 5, 1, 9, tzinfo=UTC)
PRELOADED = ["alembic.autogenerate", "alembic.command", "api.ledger.opening", "hypothesis", "psycopg", "pytest"]
"""What other processes need and takes long to import."""
SECRET = b"only for tests"


class Keys:
    """A key store in memory that makes its keys from names, so that several processes have the same."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.gone: set[str] = set()
        self.times: dict[str, int] = {}

    def reference(self, customer: str) -> str:
        self.made.add(customer)
        again = self.times.get(customer, 0)
        return "c-" + sha256(SECRET + customer.encode() + bytes([again])).hexdigest()[:20]

    def known(self, customer: str) -> str | None:
        return self.reference(customer) if customer in self.made else None

    def seal(self, reference: str, plain: bytes, bound_to: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + AESGCM(self._key(reference)).encrypt(nonce, plain, bound_to)

    def unseal(self, reference: str, sealed: bytes, bound_to: bytes) -> bytes | None:
        if reference in self.gone:
            return None
        try:
            return AESGCM(self._key(reference)).decrypt(sealed[:12], sealed[12:], bound_to)
        except InvalidTag:
            raise AssertionError("what was sealed for something else is opened") from None

    def opener(self, reference: str) -> Callable[[bytes, bytes], bytes | None]:
        return partial(self.unseal, reference)

    def warm(self, references: Iterable[str]) -> None:
        """Do nothing, for keys are made from names."""

    def destroy(self, customer: str) -> None:
        self.gone.add(self.reference(customer))
        self.made.discard(customer)
        self.times[customer] = self.times.get(customer, 0) + 1

    def _key(self, reference: str) -> bytes:
        return sha256(SECRET + reference.encode()).digest()


def contact(number: int | str, customer: str | None = "ann", **fields: Any) -> ContactEvent:
    """Return a contact; those of higher numbers happen later."""
    minutes = number if isinstance(number, int) else 0
    given = {"id": f"contact-{number}", "at": BEGINNING + timedelta(minutes=minutes), "topic": "router"}
    return ContactEvent(**{**given, "customer": customer, "note": f"said {number}", **fields})


def grant(
    number: int | str, amount: str | int | None = "5.00", agent: str | Agent = "kim", **fields: Any
) -> GrantEvent:
    """Return a grant; those of higher numbers happen later."""
    minutes = number if isinstance(number, int) else 0
    given = {"id": f"grant-{number}", "at": BEGINNING + timedelta(minutes=minutes), "decision": f"decision-{number}"}
    who = agent if isinstance(agent, Agent) else Agent(id=agent, team="north")
    made = {"customer": "ann", "release": "r", "action": "goodwill_credit", "agent": who}
    return GrantEvent(**{**given, **made, "amount": amount, **fields})


def as_before(event: Event, keys: Keys) -> Prepared:
    """Return an event as it was written before cases and gists had columns of their own."""
    row = dict(prepared(event, keys).values)
    fields, whose = event.model_dump(mode="json"), row["customer"]
    if isinstance(whose, str):
        plain = {name: fields.pop(name) for name in ("customer", *personal_fields(type(event)))}
        sealed = keys.seal(whose, json.dumps(plain).encode(), event.id.encode())
        fields |= {"customer": whose, "sealed": base64.b64encode(sealed).decode()}
    row |= {"body": json.dumps(fields).encode(), **dict.fromkeys(LATER)}
    return Prepared(row, content(row))


@dataclass
class Place:
    """Where a test keeps its ledger."""

    url: str
    folder: Path
    keys: Keys = field(default_factory=Keys)
    opened: list[Ledger] = field(default_factory=list)

    def open(self, **settings: Any) -> Ledger:
        """Return the ledger, opened once more; it is closed when the test ends."""
        self.opened.append(open_ledger(self.url, self.keys, **settings))
        return self.opened[-1]

    @property
    def in_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def close(self) -> None:
        while self.opened:
            self.opened.pop().close()


def written(place: Place, rows: Sequence[Prepared]) -> None:
    """Write rows as they are, chained as ever."""
    found = database(place.url)
    committer = Committer(found, place.keys)
    committer.commit([Job(rows=rows)])
    committer.disconnect()
    found.close()


class Cluster:
    """A PostgreSQL server of this process's own, reached by a socket in its folder."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="leeway-pg-"))
        self._programs = programs
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        made = [programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*made, "--locale=C", "--no-sync"], check=True, capture_output=True, user=self._user, cwd="/")
        self._server: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.start()
        self._say("CREATE DATABASE ledgers")
        template = database(self._address("ledgers"))
        migrate(template)
        template.close()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "fsync=on", "shared_buffers=32MB"]
        command = [self._programs / "postgres", "-D", self.folder / "data"]
        for setting in settings:
            command += ["-c", setting]
        self._server = subprocess.Popen(
            command,
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=mortal,  # noqa: PLW1509 - tests start it from one thread
        )
        asked = [self._programs / "pg_isready", "-q", "-h", self.folder]
        deadline = time.monotonic() + 30
        while subprocess.run(asked, check=False).returncode != 0:
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server, whoever is connected; with SIGQUIT as a crash does."""
        assert self._server is not None
        self._server.send_signal(how)
        self._server.wait(30)

    def make(self, template: str = "ledgers") -> str:
        """Return the address of a new database; it has a ledger's tables unless another template is given."""
        self._made += 1
        name = f"test{self._made}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._address(name)

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _say(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415 - an extra

        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)


def mortal(by: signal.Signals = signal.SIGQUIT) -> None:
    """Have the kernel stop the server by a signal when this process ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, by)


@cache
def cluster() -> Cluster | None:
    """Return this process's PostgreSQL server, or None where there is none on this machine."""
    programs = _programs()
    if programs is None:
        return None
    found = Cluster(programs)
    atexit.register(found.remove)
    return found


def _programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


def server() -> Cluster:
    """Return the PostgreSQL server; skip the test where there is none, but not in continuous integration."""
    found = cluster()
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no PostgreSQL server here")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Give each test a ledger of its own, in SQLite and in PostgreSQL."""
    url = f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else server().make()
    found = Place(url, tmp_path)
    yield found
    found.close()


@pytest.fixture
def in_postgresql(tmp_path: Path) -> Iterator[Place]:
    """Give a test a ledger of its own in PostgreSQL."""
    found = Place(server().make(), tmp_path)
    yield found
    found.close()


@pytest.fixture
def in_sqlite(tmp_path: Path) -> Iterator[Place]:
    """Give a test a ledger of its own in SQLite, which gives up a locked file soon."""
    found = Place(f"sqlite:///{tmp_path}/ledger.db?timeout=0.05", tmp_path)
    yield found
    found.close()


def faults_of_chains(engine: Engine) -> list[str]:
    """Return where a writer's events are not what its chain says, read plainly from the table."""
    faults = []
    heads: dict[str, tuple[int, bytes]] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(events).order_by(events.c.writer, events.c.number)).mappings():
            number, prev = heads.get(row["writer"], (0, GENESIS))
            if row["number"] != number + 1 or row["prev"] != prev or row["hash"] != link(prev, dict(row)):
                faults.append(f"{row['writer']} {row['number']}")
            heads[row["writer"]] = (row["number"], row["hash"])
    return faults


@dataclass(frozen=True)
class Killing:
    """What became of a writing process that was killed at a random moment."""

    acknowledged: int
    lost: list[str]
    faults: list[str]


def killed(place: Place, rounds: int, seed: int = 0, mode: Mode = "strict") -> list[Killing]:
    """Return what became of so many processes that wrote to a ledger, each killed, and the ledger opened after it."""
    draw = random.Random(seed)
    return [_killed(place, f"{seed}-{number}", draw, mode) for number in range(rounds)]


def _killed(place: Place, name: str, draw: random.Random, mode: Mode) -> Killing:
    given = noted_until_killed(place, name, draw.uniform(0, 0.1), write_for_ever, mode)
    with open_ledger(place.url, place.keys, spill=place.folder) as ledger:
        # What was set aside is written before anything else.
        ledger.transact(lambda _: ())
        with ledger.engine.connect() as connection:
            there = set(connection.execute(select(events.c.id)).scalars())
        return Killing(len(given), sorted(set(given) - there), faults_of_chains(ledger.engine))


def noted_until_killed(
    place: Place, name: str, after: float, writing: Callable[..., None], *given: object
) -> list[str]:
    """Return the lines that another process noted in a file, killed so many seconds after its first line."""
    noted = place.folder / f"acknowledged-{name}"
    noted.touch(exist_ok=False)
    child = elsewhere(writing, place.url, *given, name, noted)
    while not noted.stat().st_size and child.is_alive():
        time.sleep(0.001)
    time.sleep(after)
    child.kill()
    child.join()
    return noted.read_text().splitlines()


def write_for_ever(url: str, mode: Mode, name: str, acknowledged: Path) -> None:
    """Append from four threads, and note the id of each event that was acknowledged; for a process to be killed."""
    ledger = open_ledger(url, Keys(), mode=mode, spill=acknowledged.parent)
    noted = os.open(acknowledged, os.O_WRONLY | os.O_APPEND)

    def write(thread: int) -> None:
        for number in itertools.count():
            event = contact(f"{name}-{thread}-{number}")
            ledger.append([event])
            os.write(noted, f"{event.id}\n".encode())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))


def elsewhere(target: Callable[..., None], *given: object) -> ForkServerProcess:
    """Return another process that runs a function; the first waits for what it needs to be imported, once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=target, args=given, daemon=True)
    process.start()
    return process


def secret_of(number: int) -> str:
    """Return a text that is found nowhere by chance."""
    return "canary" + base64.b32encode(sha256(SECRET + str(number).encode()).digest()).decode()[:24]
