"""Gunicorn in place of `leeway serve`, as docs/deploying.md has it: one real server, from its start to its end."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from gunicorn.arbiter import Arbiter
from servers import UP, Load, until
from serving_desk import pack
from starter import leeway

from api.examples import ROOT
from api.web import logs
from api.web.server import made

COMMAND = re.compile(r"^gunicorn --workers 8 (.*) 'api\.web\.server:made\(\)'$", re.MULTILINE)


@dataclass
class Gunicorn:
    """A gunicorn that runs two processes over the small desk."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    @property
    def address(self) -> str:
        return re.findall(r"Listening at: (\S+)", self.log)[0]

    @property
    def workers(self) -> list[int]:
        """The processes that were started, those that ended among them."""
        return [int(found) for found in re.findall(r"Booting worker with pid: (\d+)", self.log)]

    def ready(self) -> bool:
        return bool(re.search("Listening at", self.log)) and httpx.get(f"{self.address}/readyz", timeout=UP).is_success

    def counted(self) -> float:
        """Return how many decisions `/metrics` says, whichever process is asked."""
        said = httpx.get(f"{self.address}/metrics", timeout=UP).text
        return sum(map(float, re.findall(r"^leeway_decisions_total\{.*\} (\S+)$", said, re.MULTILINE)))


def started(folder: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start gunicorn as the document says, with settings of its environment, its output in a file."""
    documented = COMMAND.search((ROOT / "docs" / "deploying.md").read_text())
    assert documented is not None
    given = {"LEEWAY_PACKS": folder / "packs", "LEEWAY_LEDGER": folder / "ledger.db", "LEEWAY_RATE_LIMIT": ""}
    program = [str(Path(sys.executable).with_name("gunicorn")), "--workers", "2", *documented[1].split()]
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(
            [*program, "--bind", "127.0.0.1:0", "--no-control-socket", "api.web.server:made()"],
            env={**os.environ, **{name: str(value) for name, value in given.items()}, **settings},
            cwd=folder,
            stderr=log,
            start_new_session=True,
        )


@contextmanager
def gunicorn(folder: Path) -> Iterator[Gunicorn]:
    """Yield a demonstration under gunicorn once it can decide; it is killed at the end, where it has not ended."""
    counts = folder / "counts"
    counts.mkdir()
    settings = {"LEEWAY_INSECURE_DEMO": "true", "LEEWAY_WATCH": "false", "LEEWAY_LOG_LEVEL": "warning"}
    found = Gunicorn(folder, started(folder, PROMETHEUS_MULTIPROC_DIR=str(counts), **settings))
    try:
        until(found.ready)
        yield found
    finally:
        if found.process.poll() is None:
            os.killpg(found.process.pid, signal.SIGKILL)
        found.process.wait()


def test_gunicorn_counts_together_reloads_outlives_a_process_and_loses_nothing_at_its_end(tmp_path: Path) -> None:
    pack(tmp_path / "packs" / "tiny")
    with gunicorn(tmp_path) as server:
        with Load(server.address) as load:
            until(lambda: len(load.answered) > 20)
        assert load.cut == load.refused == []
        assert {server.counted() for _ in range(8)} == {len(load.answered)}
        takes_packs_anew(server, tmp_path)
        replaces_a_process(server)
        ends(server, tmp_path)


def takes_packs_anew(server: Gunicorn, folder: Path) -> None:
    """Show that a signal to each process has it load its packs, and that nobody is kept waiting by it."""
    pack(folder / "packs" / "tiny", 25)
    with Load(server.address) as load:
        for worker in server.workers:
            os.kill(worker, signal.SIGHUP)
        until(lambda: len(load.answered) > 20 and {one["offer"]["amount"] for one in load.answered[-20:]} == {"25.00"})
    assert load.cut == load.refused == []
    assert len(server.workers) == 2


def replaces_a_process(server: Gunicorn) -> None:
    """Show that another process comes where one was killed, and that its callers are answered."""
    os.kill(server.workers[0], signal.SIGKILL)
    until(lambda: len(server.workers) == 3)
    with Load(server.address) as load:
        until(lambda: len(load.answered) > 20)
    assert load.cut == load.refused == []


def ends(server: Gunicorn, folder: Path) -> None:
    """Show that a server that is ended answers what it began, and did nothing for whoever got no answer."""
    with Load(server.address) as load:
        until(lambda: len(load.answered) > 5)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(UP) == 0
    assert load.refused == []
    assert not (folder / "ledger.db-wal").exists(), "the ledger was closed"
    with closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        kept = {id_ for (id_,) in ledger.execute("SELECT id FROM events WHERE kind = 'decision'")}
    assert {one["id"] for one in load.answered} <= kept
    assert kept.isdisjoint(load.cut)
    verified = leeway("ledger", "verify", "--ledger", folder / "ledger.db")
    assert verified.exit_code == 0, verified.output


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return what a process says that cannot start."""
    pack(tmp_path / "packs" / "tiny")
    monkeypatch.setattr(logs, "configure", lambda _: None)
    given = {"packs": str(tmp_path / "packs"), "ledger": str(tmp_path / "ledger.db"), "watch": "false"}

    def run(**changes: str) -> str:
        for name, value in {**given, **changes}.items():
            monkeypatch.setenv(f"LEEWAY_{name.upper()}", value)
        with pytest.raises(SystemExit) as ended:
            made()
        assert ended.value.code == Arbiter.WORKER_BOOT_ERROR, "so gunicorn ends, and does not start it again for ever"
        return capsys.readouterr().err

    return run


def test_what_a_process_cannot_start_with_is_said_in_a_line_for_each_thing(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    said = refused(durability="canary", proxies="canary")
    assert [line.split(" is wrong")[0] for line in said.splitlines()] == ["`LEEWAY_DURABILITY`", "`LEEWAY_PROXIES`"]
    assert "canary" not in said
    said = refused(durability="strict", proxies="0", ledger=str(tmp_path / "none" / "ledger.db"))
    assert said.startswith("there is no folder")
    assert said.count("\n") == 1
    assert "`LEEWAY_OIDC_ISSUER` is set, but no audience" in refused(oidc_issuer="https://login.example")
