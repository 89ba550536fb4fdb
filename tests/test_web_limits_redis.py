"""Counting requests together in a real Redis server: what becomes of them while it is away, stuck, or refuses."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from certificates import certified
from redis_servers import RedisServer, redis_server, secured
from servers import Served, free_port, serving, until
from serving_desk import pack

from api.settings import SettingProblem
from api.web.counting import PAUSE, Counts, counts_at

ALONE = "requests are counted in each process: the store does not count"
TOGETHER = "requests are counted in the store again"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Give a test a server of its own."""
    with redis_server(tmp_path / "redis") as found:
        yield found


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def counted(counts: Counts, times: int = 1) -> list[int]:
    return [counts.add("kim", 1, 3600) for _ in range(times)]


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log said of counting since it was last asked."""
    found = [one.getMessage() for one in caplog.records if one.name == "api.web.counting"]
    caplog.clear()
    return found


def test_whoever_reaches_the_same_server_counts_together_however_they_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = certified(tmp_path)
    with redis_server(tmp_path / "redis", *secured(port := free_port(), company)) as redis:
        monkeypatch.setenv("SSL_CERT_FILE", str(company.authority))
        ways = [redis.address, f"redis+unix://{redis.socket}", f"rediss://localhost:{port}", f"{redis.address}/0"]
        assert [counted(counts_at(way)) for way in ways] == [[1], [2], [3], [4]]
        assert counted(counts_at(f"{redis.address}/1")) == [1], "another database of the same server"


def test_a_server_that_ends_is_done_without_and_taken_up_again_by_itself(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    one, other = counts_at(redis.address, clock), counts_at(redis.address, clock)
    assert (counted(one, 2), counted(other)) == ([1, 2], [3])
    redis.stop()
    assert (counted(one, 2), counted(other)) == ([1, 2], [1])
    assert logged(caplog) == [f"{ALONE} (ConnectionError)"] * 2
    redis.start()
    assert counted(one) == [3], "it is not asked again before a pause is over"
    clock.now += PAUSE
    assert (counted(one), counted(other), counted(one)) == ([1], [2], [3])
    assert logged(caplog) == [TOGETHER] * 2


def test_a_server_that_was_started_anew_between_two_requests_is_not_even_missed(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    counts = counts_at(redis.address)
    assert counted(counts) == [1]
    redis.stop()
    redis.start()
    assert counted(counts, 2) == [1, 2]
    assert logged(caplog) == []


def test_nobody_waits_long_for_a_server_that_is_stuck_and_the_log_says_so_once(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    counts = counts_at(redis.address, clock)
    assert counted(counts) == [1]
    redis.halt()
    with ThreadPoolExecutor(8) as callers:
        waiting = [callers.submit(counted, counts) for _ in range(8)]
        assert sorted(one.result(30)[0] for one in waiting) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert logged(caplog) == [f"{ALONE} (TimeoutError)"]
        clock.now += PAUSE
        assert callers.submit(counted, counts).result(30) == [9]
        assert callers.submit(counts_at, redis.address).result(30).add("lee", 1, 3600) == 1
    redis.go_on()
    clock.now += PAUSE
    assert counted(counts)[0] > 1
    assert logged(caplog) == [f"{ALONE} (TimeoutError)", TOGETHER]


REFUSING = {
    "redis://": "AuthenticationError",
    "redis://:canary@": "AuthenticationError",
    "redis://reader:right@": "NoPermissionError",
}


def test_a_server_that_lets_nobody_count_is_said_at_the_start_and_the_password_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path / "redis", "requirepass right", "user reader on >right ~* +get") as redis:
        for before, why in REFUSING.items():
            counts = counts_at(redis.address.replace("redis://", before))
            assert logged(caplog) == [f"{ALONE} ({why})"]
            assert counted(counts, 2) == [1, 2]
        assert logged(caplog) == []
        assert counted(counts_at(redis.address.replace("redis://", "redis://:right@")), 2) == [1, 2]
        assert logged(caplog) == []


def test_an_option_that_the_client_does_not_know_is_an_error_at_start(redis: RedisServer) -> None:
    for option in ("canary=1", "ssl_ca_certs=canary.pem"):
        with pytest.raises(SettingProblem, match="has an option that the client of Redis does not know") as refused:
            counts_at(f"{redis.address}?{option}")
        assert "canary" not in str(refused.value)


def left(server: Served) -> tuple[int, str]:
    """Return what a server answers, and how many requests are left, as it says."""
    answer = httpx.get(f"{server.address}/v1/packs", timeout=30)
    return answer.status_code, answer.headers["RateLimit"].split(";")[1]


def test_servers_that_share_a_store_hold_a_caller_to_one_limit_and_answer_on_without_it(
    redis: RedisServer, tmp_path: Path
) -> None:
    pack(tmp_path / "packs" / "tiny")
    limits = {"LEEWAY_RATE_LIMIT": "3 per day", "LEEWAY_RATE_LIMIT_STORE": redis.address}
    with (
        serving(tmp_path, "--insecure-demo", at_once=True, **limits) as one,
        serving(tmp_path, "--insecure-demo", **limits) as other,
    ):
        until(lambda: answers(one))
        assert [left(server) for server in (one, other, one)] == [(200, "r=2"), (200, "r=1"), (200, "r=0")]
        assert [left(server) for server in (other, one)] == [(429, "r=0")] * 2
        redis.halt()
        assert [left(server) for server in (one, other)] == [(200, "r=2")] * 2
        redis.stop()
        assert [left(server) for server in (one, other)] == [(200, "r=1")] * 2


def answers(server: Served) -> bool:
    try:
        return bool(server.ready()["ready"])
    except httpx.TransportError:
        return False
