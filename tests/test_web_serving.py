"""`leeway serve`: a server that starts or says why not, takes packs anew, and loses nothing when it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from packs import write_pack
from servers import UP, Load, Served, serving, until
from serving_desk import FACTS, PACK, pack
from starter import leeway

from api.examples import ROOT
from api.settings import Settings
from api.web import logs
from api.web.application import create_app
from api.web.opening import opened

ENDS = int(os.environ.get("LEEWAY_TEST_ENDS", "2"))
"""How often a server is ended under load."""


def test_a_server_takes_packs_anew_on_sighup_and_loses_nothing(tmp_path: Path) -> None:
    tiny = tmp_path / "packs" / "tiny"
    write_pack(tiny, PACK.replace("LIMIT", "40"), facts=FACTS)
    with serving(tmp_path, "--insecure-demo", "--workers", "2") as served:
        before = served.ready()["packs"]["tiny"]["release"]
        with Load(served.address) as load:
            until(lambda: len(load.answered) > 5)
            pack(tiny, 25)
            served.signal(signal.SIGHUP)
            until(lambda: {one["release"] for one in load.answered[-40:]} - {before} != set())
            seen = len(load.answered)
            until(lambda: len(load.answered) > seen + 40 and before not in releases(load.answered[-40:]))
            (tiny / "pack.yaml").write_text("pack: tiny\n")
            served.signal(signal.SIGHUP)
            until(lambda: counted(served, 'leeway_reloads_total{outcome="wrong"}') == 2)
            seen = len(load.answered)
            until(lambda: len(load.answered) > seen + 20)
        assert load.cut == load.refused == []
        assert len(releases(load.answered)) == 2
        assert counted(served, 'leeway_reloads_total{outcome="taken"}') == 2, "one of each process"
        assert {(one["release"] == before, one["offer"]["amount"]) for one in load.answered} == {
            (True, "30.00"),
            (False, "25.00"),
        }
        served.signal(signal.SIGTERM)
        assert served.process.wait(UP) == 0


def releases(decisions: list[dict[str, Any]]) -> set[str]:
    return {one["release"] for one in decisions}


def counted(served: Served, name: str) -> float:
    """Return what all processes counted together."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", httpx.get(f"{served.address}/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def check(url: str, files: dict[str, str], into: list[httpx.Response]) -> None:
    """Have a draft checked, which takes a while."""
    into.append(httpx.post(url, json={"files": files}, timeout=60))


def test_whatever_was_begun_is_answered_when_a_server_ends(tmp_path: Path) -> None:
    pack(tmp_path / "packs" / "tiny")
    files = {path.name: path.read_text() for path in (tmp_path / "packs" / "tiny").iterdir()}
    for _ in range(ENDS):
        checked: list[httpx.Response] = []
        with serving(tmp_path, "--insecure-demo") as served, Load(served.address) as load:
            url = f"{served.address}/v1/packs/tiny:check"
            slow = threading.Thread(target=check, args=(url, files, checked))
            until(lambda: len(load.answered) > 5)
            slow.start()
            until(lambda: any((tmp_path / "tmp").glob("leeway-draft-*")))
            served.signal(signal.SIGTERM)
            assert served.process.wait(UP) == 0
            slow.join()
        assert load.refused == []
        assert not (tmp_path / "ledger.db-wal").exists(), "the ledger was closed"
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
            kept = {id_ for (id_,) in ledger.execute("SELECT id FROM events WHERE kind = 'decision'")}
        assert {one["id"] for one in load.answered} <= kept
        assert kept.isdisjoint(load.cut), "nothing was done for whoever got no answer"
        assert [one.json()["fine"] for one in checked] == [True]
    verified = leeway("ledger", "verify", "--ledger", tmp_path / "ledger.db")
    assert verified.exit_code == 0, verified.output


def test_a_server_that_is_only_starting_ends_at_once(tmp_path: Path) -> None:
    pack(tmp_path / "packs" / "tiny")
    with serving(tmp_path, "--insecure-demo", at_once=True, LEEWAY_DRAIN="PT1H") as served:
        served.signal(signal.SIGTERM)
        assert served.process.wait(UP) == 0


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what `leeway serve` says when it does not start."""
    pack(tmp_path / "packs" / "tiny")
    monkeypatch.setattr(logs, "configure", lambda _: None)
    given = {"packs": str(tmp_path / "packs"), "ledger": str(tmp_path / "ledger.db"), "port": "0"}

    def run(*options: str, **changes: str) -> str:
        for name, value in {**given, **changes}.items():
            monkeypatch.setenv(f"LEEWAY_{name.upper()}", value)
        result = leeway("serve", *options)
        assert result.exit_code in (1, 2)
        assert "Traceback" not in result.output
        return result.output

    return run


def test_settings_that_are_wrong_are_named_and_not_repeated(refused: Callable[..., str]) -> None:
    said = refused(port="eighty-canary", durability="canary", drain="canary")
    assert "`LEEWAY_PORT` is wrong: it should be a valid integer" in said
    assert "`LEEWAY_DURABILITY` is wrong: it should be 'strict' or 'relaxed'" in said
    assert "`LEEWAY_DRAIN` is wrong" in said
    assert "canary" not in said
    assert "`LEEWAY_RATE_LIMIT` is no limit" in refused(rate_limit="often", port="0", durability="strict", drain="PT1S")


def test_a_demonstration_is_for_this_machine_alone(refused: Callable[..., str]) -> None:
    assert "listens at 127.0.0.1, ::1 or localhost alone" in refused("--insecure-demo", "--host", "0.0.0.0")
    assert "alone" in refused("--insecure-demo", host="192.0.2.1")


def test_an_address_that_is_taken_is_said(refused: Callable[..., str]) -> None:
    with socket.socket() as other:
        # As a server has it that shares its port.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert f"nothing can listen at 127.0.0.1, port {port}: address already in use" in refused("--port", port)
    assert "nothing can listen at 192.0.2.1" in refused("--host", "192.0.2.1")


def test_a_ledger_or_packs_that_cannot_be_used_are_said(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "there is no folder" in refused("--ledger", str(tmp_path / "none" / "ledger.db"))
    assert "there is no pack to serve" in refused("--packs", str(tmp_path / "none"))
    (tmp_path / "packs" / "tiny" / "pack.yaml").write_text("pack: tiny\nrules: 3\n")
    said = refused()
    assert "tiny/pack.yaml:2:8: wrong-type" in said
    assert "there is no pack to serve" in said


def test_the_first_decision_of_the_readme_comes_out_as_it_shows(tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text().split("## A first decision over HTTP")[1].split("\n## ")[0]
    asked, decided = re.findall(r"localhost:8080(/\S+?)'? ", section)[:2]
    settings = Settings(packs=str(ROOT / "rules"), ledger=str(tmp_path / "l.db"), watch=False, insecure_demo=True)
    with opened(settings) as service:
        caller = create_app(service).test_client()
        request = caller.get(asked)
        answer = caller.post(decided, data=request.data, content_type="application/json")
        told = caller.get("/v1/demo").json["customers"]
        for one in told:
            again = caller.get(one["request"])
            assert caller.post("/v1/decisions", data=again.data, content_type="application/json").status_code == 200
        elsewhere = caller.get("/readyz", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 200
    assert request.headers["Leeway-Demo"] == answer.headers["Leeway-Demo"] == "insecure"
    assert (elsewhere.status_code, elsewhere.headers["Leeway-Demo"]) == (403, "insecure")
    shown = re.search(r"```text\n(.*?)```", section, re.DOTALL)
    assert shown is not None
    wanted = re.escape(shown[1].strip()).replace(re.escape("..."), ".*")
    assert re.fullmatch(wanted, answer.json["texts"]["agent"], re.DOTALL), answer.json["texts"]["agent"]
    assert {Path(one["request"]).parent.name for one in told} == {"airline", "telecom"}
