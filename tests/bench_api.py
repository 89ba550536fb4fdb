"""How many decisions a second the API gives, beside a bare Flask route and beside Cerbos, in one run.

`python tests/bench_api.py [SECONDS]` prints a table: requests a second, p50 and p99 in milliseconds, and what was not
answered with 200. wrk makes the load, over loopback. The API decides cases of the telecom pack with its ledger in
SQLite, strict: each answer comes after a commit that is on the disk. Cerbos checks one resource against 100 rules with
its audit log in a file, which it does not sync. It comes from npm; where it cannot be had, its lines are left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import free_port

from api.releases import releases
from simulations.scenarios.suite import suite_of

HERE = Path(__file__).resolve().parent.parent
SECONDS = 10
WORKERS = 2
THREADS = 8
CONNECTIONS = 32
CUSTOMERS = 300
"""All of them are met before anything is measured: the first time, a key is made for each."""
WARMING = 15
CROWD = 5 * CONNECTIONS
BARE = """\
from flask import Flask, request
app = Flask("bare")

@app.post("/bare")
def bare():
    request.get_data()
    return app.response_class(b'{"fine": true}', content_type="application/json")
"""
SCRIPT = """\
local bodies, counter, DELAY = {}, 0, tonumber(os.getenv("DELAY_MS") or "0")
for line in io.lines("BODIES") do bodies[#bodies + 1] = line end
function init(args) math.randomseed(tonumber(tostring({}):sub(10), 16) % 2147483647) end
function request()
  local body = bodies[math.random(#bodies)]:gsub("CUSTOMER", "c-" .. math.random(MANY))
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
end
if DELAY > 0 then
  function delay() return math.random(0, 2 * DELAY) end
end
"""


@dataclass(frozen=True)
class Load:
    """What a load came to."""

    rate: float
    p50: float
    p99: float
    bad: int
    all: int

    def line(self, name: str) -> str:
        return f"{name:44} {self.rate:10,.0f} {self.p50:9.2f} {self.p99:9.2f} {self.bad:9,}"


def loaded(url: str, bodies: Path, connections: int, seconds: int, delay: float = 0) -> Load:
    """Return what a load of so many connections came to; each pauses so many milliseconds, on average."""
    script = bodies.with_suffix(".lua")
    script.write_text(SCRIPT.replace("BODIES", str(bodies)).replace("MANY", str(CUSTOMERS)))
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
        "--latency",
        url,
    ]
    environment = {**os.environ, "DELAY_MS": str(round(delay))}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    lost = sum(int(one) for one in broken.groups()) if broken else 0
    total = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert total is not None
    assert rate is not None
    unanswered = (int(bad[1]) if bad else 0) + lost
    return Load(float(rate[1]), percentile(said, 50), percentile(said, 99), unanswered, int(total[1]))


def percentile(said: str, which: int) -> float:
    """Return a percentile of wrk's own table, in milliseconds."""
    found = re.search(rf"\s{which}%\s+([\d.]+)(us|ms|s|m)\b", said)
    assert found is not None
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[found[2]]


@contextmanager
def running(command: list[str], ready: str, folder: Path, **environment: str) -> Iterator[int]:
    """Run a server until it is no longer needed; yield the id of its process once an address answers."""
    with (folder / "log.txt").open("ab") as log:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        answering(ready, server)
        yield server.pid
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def answering(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until an address answers."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{address} does not answer; {server.args!r}")


def requests(folder: Path) -> Path:
    """Write requests for the cases of the telecom pack, one a line, each about `CUSTOMER`."""
    pack = HERE / "rules" / "telecom"
    with releases() as take:
        suite = suite_of(take(pack), pack)
    lines = []
    for scenario in suite.scenarios:
        step = scenario.steps[0]
        if not step.ask or step.now is None:
            continue
        facts = json.loads(json.dumps({**scenario.facts, **step.facts}, default=str))
        facts["customer"] = {**facts.get("customer", {}), "id": "CUSTOMER"}
        agent = {"role": step.asker.role or "agent", "id": "kim"}
        body = {"pack": "telecom", "agent": agent, "now": step.now, "facts": facts, "ask": step.ask}
        lines.append(json.dumps(body))
    file = folder / "decisions.jsonl"
    file.write_text("\n".join(lines) + "\n")
    return file


@contextmanager
def leeway(folder: Path) -> Iterator[str]:
    """Run the API, open to all on this machine, with its ledger in a folder; yield its address."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("leeway")), "--packs", str(HERE / "rules"), "serve"]
    command += ["--insecure-demo", "--port", str(port), "--ledger", str(folder / "ledger.db")]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
    address = f"http://127.0.0.1:{port}"
    with running(command, f"{address}/readyz", folder, LEEWAY_RATE_LIMIT="", LEEWAY_LOG_LEVEL="warning"):
        yield address


@contextmanager
def bare(folder: Path) -> Iterator[str]:
    """Run a bare Flask route on the same server; yield its address."""
    (folder / "bare.py").write_text(BARE)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-log"]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), "bare:app"]
    address = f"http://127.0.0.1:{port}/bare"
    with running(command, address, folder, PYTHONPATH=str(folder)):
        yield address


def policies(folder: Path) -> None:
    """Write 100 rules for Cerbos, five for each of twenty actions, with conditions as ours have them."""
    expressions = (
        "R.attr.total > {0}",
        "R.attr.tenure >= {1} && R.attr.segment in ['plus', 'gold']",
        "P.attr.team == 'blue'",
    )
    rules = [
        {
            "actions": [f"action_{number % 20}"],
            "effect": "EFFECT_ALLOW" if number % 3 else "EFFECT_DENY",
            "roles": ["agent"],
            "condition": {
                "match": {"all": {"of": [{"expr": one.format(number * 10, number % 7)} for one in expressions]}}
            },
        }
        for number in range(100)
    ]
    policy = {"version": "default", "resource": "account", "rules": rules}
    (folder / "policies").mkdir()
    text = json.dumps({"apiVersion": "api.cerbos.dev/v1", "resourcePolicy": policy})
    (folder / "policies" / "account.json").write_text(text)


def program(folder: Path) -> Path:
    """Return Cerbos's program, as npm puts it in a folder."""
    return folder / "node_modules" / ".bin" / "cerbos"


def lacking(folder: Path) -> str:
    """Return why Cerbos cannot be had in a folder; nothing where it can."""
    if shutil.which("npm") is None:
        return "npm is missing; on Debian, as root: apt-get install npm"
    try:
        for command in (["npm", "install", "--silent", "cerbos"], [str(program(folder)), "--version"]):
            subprocess.run(command, check=True, cwd=folder, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "npm did not get it; it needs its registry, over the network"
    return ""


@contextmanager
def cerbos(folder: Path) -> Iterator[str]:
    """Run Cerbos with its audit log in a file; yield its address."""
    policies(folder)
    http, grpc = free_port(), free_port()
    settings: dict[str, Any] = {
        "server": {"httpListenAddr": f"127.0.0.1:{http}", "grpcListenAddr": f"127.0.0.1:{grpc}"},
        "storage": {"driver": "disk", "disk": {"directory": str(folder / "policies")}},
        "audit": {
            "enabled": True,
            "accessLogsEnabled": False,
            "decisionLogsEnabled": True,
            "backend": "file",
            "file": {"path": str(folder / "audit.log")},
        },
        "telemetry": {"disabled": True},
    }
    (folder / "cerbos.yaml").write_text(json.dumps(settings))
    command = [str(program(folder)), "server", "--config", "cerbos.yaml"]
    with running([*command, "--log-level", "error"], f"http://127.0.0.1:{http}/_cerbos/health", folder):
        yield f"http://127.0.0.1:{http}/api/check/resources"


def checks(folder: Path) -> Path:
    """Write requests for Cerbos, one a line."""
    lines = [
        json.dumps(
            {
                "requestId": "bench",
                "principal": {"id": "kim", "roles": ["agent"], "attr": {"team": "blue"}},
                "resources": [
                    {
                        "actions": [f"action_{number % 20}"],
                        "resource": {
                            "kind": "account",
                            "id": "CUSTOMER",
                            "attr": {"total": 40 * number, "tenure": number % 9, "segment": "plus"},
                        },
                    }
                ],
            }
        )
        for number in range(40)
    ]
    file = folder / "checks.jsonl"
    file.write_text("\n".join(lines) + "\n")
    return file


def main() -> None:
    """Print the table."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    if shutil.which("wrk") is None:
        sys.stderr.write("wrk makes the load, and is missing; on Debian, as root: apt-get install wrk\n")
        raise SystemExit(2)
    print(f"{'':44} {'a second':>10} {'p50 ms':>9} {'p99 ms':>9} {'not 200':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies = requests(folder)
        plain = alone(folder / "bare", bare, bodies, seconds)
        print(plain.line("bare Flask route"))
        ours = crowded(folder / "leeway", bodies, seconds)
        theirs = beside(folder, seconds)
    print(f"\nof the bare route's rate: {ours.rate / plain.rate:.0%}")
    if theirs is not None:
        print(f"of Cerbos's rate: {ours.rate / theirs.rate:.2f}x")


def beside(folder: Path, seconds: int) -> Load | None:
    """Print what Cerbos answers under full load, and return it; where it cannot be had, say why."""
    own = folder / "cerbos"
    own.mkdir()
    if why := lacking(own):
        print(f"Cerbos is left out: {why}")
        return None
    found = alone(own, cerbos, checks(folder), seconds)
    print(found.line("Cerbos, CheckResources, 100 rules"))
    return found


def alone(folder: Path, server: Callable[[Path], Any], bodies: Path, seconds: int) -> Load:
    """Return what a server answers under full load."""
    folder.mkdir(exist_ok=True)
    with server(folder) as address:
        loaded(address, bodies, CONNECTIONS, 2)
        return loaded(address, bodies, CONNECTIONS, seconds)


def crowded(folder: Path, bodies: Path, seconds: int) -> Load:
    """Print what the API answers under full, half and five times the load; return the first."""
    folder.mkdir()
    with leeway(folder) as address:
        url = f"{address}/v1/decisions"
        loaded(url, bodies, CONNECTIONS, WARMING)
        full = loaded(url, bodies, CONNECTIONS, seconds)
        print(full.line("decisions, strict, telecom"))
        pause = max(1.0, 1000 * CONNECTIONS / (full.rate / 2) - full.p50 / 2)
        print(loaded(url, bodies, CONNECTIONS, seconds, pause).line("decisions, half the load"))
        much = loaded(url, bodies, CROWD, seconds)
        print(much.line(f"decisions, {CROWD} connections"))
        good = (much.all - much.bad) / seconds
        print(f"answered with 200 under {CROWD} connections: {good:,.0f} a second, {good / full.rate:.0%} of full load")
        return full


if __name__ == "__main__":
    main()
