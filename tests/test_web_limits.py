"""How often who may call, what every answer says of it, and what becomes of it when the store is away."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec

import pytest
from ledgers import Place
from limits.storage import Storage
from pydantic import ValidationError
from serving_desk import pack
from web_desk import Web, ask, served
from werkzeug.test import TestResponse

from api.settings import SettingProblem, Settings
from api.web.application import create_app
from api.web.counting import PAUSE, OwnCounts, SharedCounts, counts_at
from api.web.limits import NAME, policies

GET = "/v1/decisions/unknown"
OPEN = "/.well-known/authzen-configuration"
ITEM = r'"[a-z0-9-]+"'


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give the tests of this module one API; each limits it anew."""
    folder = tmp_path_factory.mktemp("limits")
    pack(folder / "packs" / "tiny")
    with ExitStack() as stack:
        yield served(stack, Place(f"sqlite:///{folder}/ledger.db", folder), folder / "packs")


def limited(web: Web, limit: str, **settings: object) -> Web:
    """Return an API with a limit, of which nothing is used."""
    changed = web.service.settings.model_copy(update={"rate_limit": limit, **settings})
    service = replace(web.service, settings=changed)
    return replace(web, service=service, app=create_app(service))


def fields(answer: TestResponse) -> tuple[str, list[tuple[str, int, int]]]:
    """Return what an answer says of its limits: the policies, and of each its name, what is left and for how long."""
    policy, standing = answer.headers["RateLimit-Policy"], answer.headers["RateLimit"]
    assert re.fullmatch(rf"{ITEM};q=\d+;w=\d+(, {ITEM};q=\d+;w=\d+)*", policy)
    found = re.findall(rf"({ITEM});r=(\d+);t=(\d+)", standing)
    assert standing == ", ".join(f"{name};r={left};t={seconds}" for name, left, seconds in found)
    return policy, [(name.strip('"'), int(left), int(seconds)) for name, left, seconds in found]


def test_a_caller_is_told_what_is_left_and_when_to_come_back(opened: Web) -> None:
    web = limited(opened, "3 per minute")
    web.caller("kim", "decide")
    answers = [web.get(GET, by="kim") for _ in range(5)]
    assert [one.status_code for one in answers] == [404, 404, 404, 429, 429]
    assert {fields(one)[0] for one in answers} == {'"caller";q=3;w=60'}
    assert [fields(one)[1][0][1] for one in answers] == [2, 1, 0, 0, 0]
    assert [one.headers.get("Retry-After") for one in answers[:3]] == [None] * 3
    seconds = fields(answers[3])[1][0][2]
    assert answers[3].headers["Retry-After"] == str(seconds)
    assert answers[3].mimetype == "application/problem+json"
    assert (answers[3].json["type"], answers[3].json["status"]) == ("/problems/too-many-requests", 429)
    web.clock.move(seconds=seconds - 1)
    assert web.get(GET, by="kim").status_code == 429
    web.clock.move(seconds=1)
    assert fields(web.get(GET, by="kim"))[1] == [("caller", 2, 60)]


def test_each_caller_has_requests_of_their_own_and_a_window_of_their_own(opened: Web) -> None:
    web = limited(opened, "1 per hour")
    for name in ("kim", "lee"):
        web.caller(name, "decide")
    assert [web.get(GET, by=name).status_code for name in ("kim", "kim", "lee", "lee")] == [404, 429, 404, 429]
    assert len({fields(web.get(GET, by=name))[1][0][2] for name in ("kim", "lee")}) == 2


def test_every_answer_to_a_caller_says_what_is_left_whatever_it_is(opened: Web) -> None:
    web = limited(opened, "100 per minute")
    web.caller("kim", "audit")
    answers = [
        web.post("/v1/decisions", ask()),
        web.post("/v1/decisions", b"{"),
        web.post("/v1/decisions", ask(), by="kim"),
        web.get("/v1/decisions/unknown", by="kim"),
    ]
    assert [one.status_code for one in answers] == [200, 400, 403, 404]
    assert [fields(one)[1][0][1] for one in answers] == [99, 98, 99, 98]


def test_several_limits_hold_together(opened: Web) -> None:
    web = limited(opened, "2 per minute; 3 per hour")
    web.caller("kim", "decide")
    answers = []
    for _ in range(4):
        answers.append(web.get(GET, by="kim"))
        web.clock.move(seconds=60)
    assert [one.status_code for one in answers] == [404, 404, 404, 429]
    assert fields(answers[0])[0] == '"caller-60";q=2;w=60, "caller-3600";q=3;w=3600'
    names = [(name, left) for name, left, _ in fields(answers[3])[1]]
    assert names == [("caller-60", 1), ("caller-3600", 0)]
    assert int(answers[3].headers["Retry-After"]) == fields(answers[3])[1][1][2] > 60


def test_without_a_limit_nothing_is_counted_nor_said(opened: Web) -> None:
    for empty in ("", " "):
        web = limited(opened, empty, rate_limit_store="nowhere")
        assert NAME not in web.app.extensions
        assert [name for name, _ in web.get(GET).headers if "Rate" in name] == []


def test_who_needs_no_key_is_counted_by_address_and_probes_are_not_counted(opened: Web) -> None:
    web = limited(opened, "2 per minute")
    client = web.app.test_client()

    def opens(address: str) -> int:
        return client.get(OPEN, environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [opens("192.0.2.1") for _ in range(3)] == [200, 200, 429]
    assert [opens(f"2001:db8::{number}") for number in range(3)] == [200, 200, 429]
    assert [opens(address) for address in ("192.0.2.2", "2001:db8:0:1::1", "::ffff:192.0.2.2", "")] == [200] * 4
    assert opens("192.0.2.2") == 429
    assert fields(client.get(OPEN))[0] == '"address";q=2;w=60'
    probes = [client.get(path) for path in ("/healthz", "/readyz") for _ in range(4)]
    assert [(one.status_code, one.headers.get("RateLimit")) for one in probes] == [(200, None)] * 8


def test_an_address_is_what_a_proxy_says_only_where_there_is_one(opened: Web) -> None:
    for proxies, wanted in ((0, [200, 429]), (1, [200, 200])):
        client = limited(opened, "1 per minute", proxies=proxies).app.test_client()
        given = [{"X-Forwarded-For": f"198.51.100.9, 192.0.2.{number}"} for number in (1, 2)]
        assert [client.get(OPEN, headers=one).status_code for one in given] == wanted


def test_credentials_that_are_not_good_are_limited_more_and_good_ones_are_not_locked_out(opened: Web) -> None:
    web = limited(opened, "6000 per minute")
    answers = [web.get(GET, by="nobody") for _ in range(62)]
    assert Counter(one.status_code for one in answers) == {401: 60, 429: 2}
    assert fields(answers[0])[0] == '"failures";q=60;w=60'
    assert int(answers[61].headers["Retry-After"]) > 0
    assert web.get(GET, by=None).data == answers[61].data
    assert web.get(GET).status_code == 404


@pytest.mark.parametrize(
    "limit", ["many", "0 per minute", "5", "5 per fortnight", "-1 per minute", "5 per minute; 6 per minute", "5 per 0x"]
)
def test_a_malformed_limit_is_an_error_at_start(opened: Web, limit: str) -> None:
    with pytest.raises(SettingProblem, match="`LEEWAY_RATE_LIMIT` is no limit such as `6000 per minute`"):
        limited(opened, limit)


def test_limits_are_read_as_people_write_them() -> None:
    for limit, wanted in {
        "6000 per minute": '"x";q=6000;w=60',
        "10/second": '"x";q=10;w=1',
        "5 per 2 hours": '"x";q=5;w=7200',
        "6000 per minute; 1 per day": '"x-60";q=6000;w=60, "x-86400";q=1;w=86400',
    }.items():
        assert policies("x", limit).told == wanted


def test_a_store_that_is_none_is_an_error_at_start() -> None:
    for address in ("memcached://localhost", "nowhere", "", "redis"):
        with pytest.raises(SettingProblem, match="`LEEWAY_RATE_LIMIT_STORE` is neither"):
            counts_at(address)


def test_a_redis_server_needs_its_client_and_need_not_be_there(caplog: pytest.LogCaptureFixture) -> None:
    address = "redis://127.0.0.1:9"
    if find_spec("redis") is None:
        with pytest.raises(SettingProblem, match="leeway\\[redis\\]"):
            counts_at(address)
        return
    counts = counts_at(address)
    assert [counts.add("kim", 1, 60) for _ in range(3)] == [1, 2, 3]
    assert caplog.text.count("the store does not count") == 1


class Server(Storage):
    """A store of several processes, which can be away."""

    STORAGE_SCHEME = None
    base_exceptions = ConnectionError

    def __init__(self) -> None:
        super().__init__(wrap_exceptions=True)
        self.counts: Counter[tuple[str, int]] = Counter()
        self.away, self.asked = False, 0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.asked += 1
        if self.away:
            raise ConnectionError
        self.counts[key, expiry] += amount
        return self.counts[key, expiry]

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def check(self) -> bool:
        raise NotImplementedError

    def reset(self) -> int | None:
        raise NotImplementedError

    def clear(self, key: str) -> None:
        raise NotImplementedError


def test_processes_that_share_a_store_count_together() -> None:
    server = Server()
    processes = [SharedCounts(server), SharedCounts(server)]
    assert [one.add("kim", 7, 60) for one in processes] == [1, 2]
    assert processes[0].add("kim", 8, 60) == 1
    assert server.counts == {("leeway/kim/7", 60): 2, ("leeway/kim/8", 60): 1}


def test_while_the_store_is_away_each_process_counts_alone_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    server, now = Server(), [0.0]
    counts = SharedCounts(server, lambda: now[0])
    assert [counts.add("kim", 1, 60) for _ in range(3)] == [1, 2, 3]
    server.away = True
    assert [counts.add("kim", 1, 60) for _ in range(4)] == [1, 2, 3, 4]
    assert server.asked == 4
    now[0] += PAUSE
    assert [counts.add("kim", 1, 60) for _ in range(2)] == [5, 6]
    assert server.asked == 5
    server.away = False
    now[0] += PAUSE
    assert [counts.add("kim", 1, 60) for _ in range(2)] == [4, 5]
    assert [one.getMessage() for one in caplog.records] == [
        "requests are counted in each process: the store does not count (ConnectionError)",
        "requests are counted in the store again",
    ]


def test_who_was_not_seen_for_longest_is_forgotten_first() -> None:
    counts = OwnCounts(most=2)
    assert [counts.add(who, 1, 60) for who in ("a", "b", "a", "c", "a", "b")] == [1, 1, 2, 1, 3, 1]


def test_a_demonstration_stands_behind_no_proxy() -> None:
    with pytest.raises(ValidationError, match="no proxy may stand before it"):
        Settings(insecure_demo=True, proxies=1)


def test_limits_are_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_RATE_LIMIT", "5 per minute")
    monkeypatch.setenv("LEEWAY_PROXIES", "2")
    assert (Settings().rate_limit, Settings().proxies) == ("5 per minute", 2)
