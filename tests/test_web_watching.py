"""What a running server tells of itself: its log, its counts, its traces, and that it sheds what is too much."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ledgers import in_sqlite  # noqa: F401 - a fixture
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from servers import until
from web_desk import Web, ask, web_in_sqlite  # noqa: F401 - a fixture

from api.web import logs, tracing
from api.web.crowding import Crowd

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def lines() -> Iterator[Any]:
    """Give what is logged as a server logs it, line by line."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("info", written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


def test_a_request_is_one_line_without_facts(web_in_sqlite: Web, lines: Any) -> None:  # noqa: F811
    name = "canary\nforged"
    sent = ask()
    sent["facts"]["customer"]["name"] = name
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "User_Agent": name.replace("\n", " ")}
    decision = web_in_sqlite.post("/v1/decisions", sent, **headers).json
    web_in_sqlite.get("/v1/customers-canary", by=None)
    told = [line for line in lines() if line["event"] == "request"]
    assert told[0]["route"] == "/v1/decisions"
    assert told[0]["status"] == 200
    assert told[0]["caller"] == "demo"
    assert told[0]["trace"] == TRACE
    assert told[0]["decisions"] == [{"id": decision["id"], "pack": "tiny", "verdict": "approve"}]
    assert told[1]["route"] == "none"
    assert len(told) == 2
    assert "canary" not in json.dumps(told)


def test_what_fails_inside_is_in_the_log_and_not_in_the_answer(web_in_sqlite: Web, lines: Any) -> None:  # noqa: F811
    def broken(*_: object) -> None:
        raise ArithmeticError("a secret of the inside")

    web_in_sqlite.app.before_request_funcs.setdefault(None, []).append(broken)
    answer = web_in_sqlite.get("/healthz")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    (told,) = [line["event"] for line in lines() if line["level"] == "error"]
    assert "in broken" in told
    assert "ArithmeticError" in told
    # A message may hold what was sent.
    assert "secret of the inside" not in told.replace('raise ArithmeticError("a secret of the inside")', "")


def test_what_goes_wrong_is_one_line_with_where_it_was_raised(lines: Any) -> None:
    try:
        raise ArithmeticError("two\nlines")
    except ArithmeticError:
        logging.getLogger("somewhere").exception("it went %s:\n%s", "wrong", '", "forged": "')
    (told,) = lines()
    assert told["event"] == 'it went wrong:\n", "forged": "'
    assert told["level"] == "error"
    assert told["timestamp"].endswith("Z")
    assert told["exception"].endswith("ArithmeticError: two\nlines")
    assert set(told) == {"event", "level", "timestamp", "exception"}


def test_decisions_requests_commits_and_releases_are_counted(web_in_sqlite: Web) -> None:  # noqa: F811
    before = counted(web_in_sqlite)
    web_in_sqlite.decide("20")
    web_in_sqlite.post("/v1/decisions", b"{")
    after = counted(web_in_sqlite)
    decided = 'leeway_decisions_total{action="credit",pack="tiny",verdict="approve"}'
    refused = 'leeway_request_seconds_count{method="POST",route="/v1/decisions",status="400"}'
    for name in (decided, refused, "leeway_ledger_events_total", "leeway_ledger_commit_seconds_count"):
        assert after[name] - before.get(name, 0) == 1, name
    assert after["leeway_ledger_dropped_total"] == 0
    release = web_in_sqlite.service.packs.desks["tiny"].release.policy.release
    assert after[f'leeway_release{{pack="tiny",release="{release}"}}'] == 1
    assert after['leeway_pack_wrong{pack="tiny"}'] == 0


def counted(web: Web) -> dict[str, float]:
    """Return all that is counted, by name and labels."""
    lines = [line for line in web.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_request_is_a_span_within_the_trace_of_its_caller(web_in_sqlite: Web) -> None:  # noqa: F811
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing.register(web_in_sqlite.app, provider.get_tracer("test"))
    web_in_sqlite.post("/v1/decisions", ask(), traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    (span,) = kept.get_finished_spans()
    assert span.name == "POST /v1/decisions"
    assert f"{span.context.trace_id:032x}" == TRACE
    assert dict(span.attributes) == {"http.route": "/v1/decisions", "http.response.status_code": 200}


def test_what_is_too_much_is_refused_at_once_and_nothing_else_is() -> None:
    going, finish = threading.Semaphore(0), threading.Event()

    def slow(environ: dict[str, Any], start: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            going.release()
            finish.wait(10)
        start("200 OK", [])
        return [b"done"]

    crowd, answers = Crowd(slow, at_once=2, waiting=1), []

    def call(path: str) -> tuple[str, bytes]:
        said: list[str] = []
        body = b"".join(crowd({"PATH_INFO": path}, lambda status, headers: said.append(status)))
        answers.append(said[0])
        return said[0], body

    threads = [threading.Thread(target=call, args=("/slow",)) for _ in range(2)]
    threads.append(threading.Thread(target=call, args=("/waits",)))
    for thread in threads[:2]:
        thread.start()
        assert going.acquire(timeout=10)
    threads[2].start()
    until(lambda: len(crowd._waiting) == 1)
    status, body = call("/one-too-many")
    assert status.startswith("503")
    assert json.loads(body)["type"] == "/problems/overloaded"
    assert call("/healthz")[0] == "200 OK"
    finish.set()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["200 OK"] * 4 + ["503 SERVICE UNAVAILABLE"]


def test_who_waits_longest_is_answered_next_and_nobody_overtakes() -> None:
    going, answered, finish = threading.Semaphore(0), [], threading.Semaphore(0)

    def slow(environ: dict[str, Any], start: Any) -> list[bytes]:
        answered.append(environ["PATH_INFO"])
        going.release()
        finish.acquire(timeout=10)
        start("200 OK", [])
        return [b"done"]

    crowd = Crowd(slow, at_once=1, waiting=10)
    threads = []
    for number in range(6):
        asks = {"PATH_INFO": f"/{number}"}
        threads.append(threading.Thread(target=crowd, args=(asks, lambda *_: None)))
        threads[-1].start()
        until(lambda number=number: len(crowd._waiting) == number)
    for number in range(6, 9):
        assert going.acquire(timeout=10)
        # Who comes just as a place becomes free goes behind those that wait.
        finish.release()
        threads.append(threading.Thread(target=crowd, args=({"PATH_INFO": f"/{number}"}, lambda *_: None)))
        threads[-1].start()
        until(lambda number=number: len(answered) + len(crowd._waiting) == number + 1)
    finish.release(9)
    for thread in threads:
        thread.join()
    assert answered == [f"/{number}" for number in range(9)]
    assert crowd._free == 1


def test_a_place_is_given_on_when_the_answer_fails() -> None:
    def broken(environ: dict[str, Any], start: Any) -> list[bytes]:
        raise ArithmeticError

    crowd = Crowd(broken, at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ArithmeticError):
            crowd({"PATH_INFO": "/v1/packs"}, lambda *_: None)
