"""Who is let in over HTTP: by a key or a token in one header, and what everybody else is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from issuers import AUDIENCE, ISSUER, claims, ec, published, signed
from serving_desk import NOON, pack
from sqlalchemy import text
from web_desk import ask
from werkzeug.test import TestResponse

from api.access.key_store import KeyStore, open_keys
from api.access.keys import Grant
from api.ledger.keys_tables import writing
from api.settings import SettingProblem, Settings
from api.web.application import create_app
from api.web.opening import opened

NUMBER = count(1)
SAME = ("Content-Type", "Content-Length", "WWW-Authenticate", "Retry-After")


@dataclass
class Server:
    """A server as it is opened, with its API keys, and what is said to it in the one header."""

    settings: Settings
    stack: ExitStack
    now: datetime = NOON
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        service = self.stack.enter_context(opened(self.settings, lambda: self.now))
        assert self.settings.keys is not None
        self.store: KeyStore = self.stack.enter_context(open_keys(self.settings.keys, service.memory.vault))
        self.app = create_app(service)

    def key(self, grant: Grant, **more: timedelta) -> str:
        return self.store.add(grant, "a key", self.now, **more)[0].text

    def decide(self, authorization: str | None, **asked: object) -> TestResponse:
        headers = {} if authorization is None else {"Authorization": authorization}
        body = ask(customer=f"C-{next(NUMBER)}", **asked)
        return self.app.test_client().post("/v1/decisions", json=body, headers=headers)


def settings_in(folder: Path, **more: object) -> Settings:
    pack(folder / "packs" / "tiny")
    given = {"ledger": str(folder / "ledger.db"), "keys": str(folder / "keys.db"), "packs": str(folder / "packs")}
    return Settings.model_validate({**given, "watch": False, "rate_limit": "", **more})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "jwks.json").write_bytes(published(ec()))
    issuer = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_keys": str(folder / "jwks.json")}
    with ExitStack() as stack:
        found = Server(settings_in(folder, **issuer), stack)
        # All are made before anybody calls: a running server knows new keys only after half a second.
        found.keys["kim"] = found.key(Grant(scopes=("decide",), roles=("agent",), agent="kim", team="blue"))
        found.keys["plain"] = found.key(Grant(scopes=("decide",)))
        found.keys["short"] = found.key(Grant(scopes=("decide",)), life=timedelta(seconds=1))
        found.keys["revoked"] = found.key(Grant(scopes=("decide",)))
        found.store.revoke(found.keys["revoked"].split("_")[1], found.now)
        yield found


def token(server: Server, **said: object) -> str:
    return signed(claims(server.now.timestamp(), **said), ec())


def test_a_key_lets_in_with_the_rung_and_the_name_that_it_has(server: Server) -> None:
    key = server.keys["kim"]
    assert server.decide(f"Bearer {key}").json["verdict"] == "approve"
    assert server.decide(f"bearer  {key}", agent={}).json["verdict"] == "approve"
    assert server.decide(f"Bearer {key}", agent={"role": "boss"}).json["type"] == "/problems/rung-not-yours"
    assert server.decide(f"Bearer {key}", agent={"id": "lee"}).json["type"] == "/problems/agent-not-yours"


def test_a_token_lets_in_with_the_rung_and_the_name_that_it_has(server: Server) -> None:
    assert server.decide(f"Bearer {token(server)}", agent={}).json["verdict"] == "approve"
    assert server.decide(f"Bearer {token(server)}", agent={"id": "lee"}).status_code == 403
    assert server.decide(f"Bearer {token(server, scope='record')}").json["type"] == "/problems/scope-missing"
    assert server.decide(f"Bearer {token(server, leeway_packs=[])}", agent={}).status_code == 404
    assert server.decide(f"Bearer {token(server, leeway_customer='C-2')}", agent={}).status_code == 404


def test_whoever_is_not_let_in_is_told_the_same_whatever_is_wrong(server: Server) -> None:
    key, forged = server.keys["plain"], token(server)[:-8] + "AAAAAAAA"
    server.now += timedelta(seconds=1)
    given = [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {key}",
        key,
        f"Bearer {key} {key}",
        f"Bearer {key},Bearer {key}",
        f"Bearer {key[:-1]}",
        f"Bearer {key[:-43]}{'A' * 43}",
        f"Bearer lw_{'0' * 12}_{key[-43:]}",
        f"Bearer {server.keys['short']}",
        f"Bearer {server.keys['revoked']}",
        f"Bearer {forged}",
        f"Bearer {token(server, aud='another')}",
        f"Bearer {token(server, exp=server.now.timestamp())}",
        f"Bearer {'x' * 9000}",
        "Bearer ä",
    ]
    answers = [server.decide(one) for one in given]
    told = {(one.status_code, one.data, tuple(one.headers.get(name) for name in SAME)) for one in answers}
    assert len(told) == 1
    assert (answers[0].status_code, answers[0].headers["WWW-Authenticate"]) == (401, "Bearer")
    assert server.decide(f"Bearer {key}", agent={}).status_code == 200


def test_a_key_store_that_does_not_answer_is_said_to_be_away_whoever_calls(server: Server, tmp_path: Path) -> None:
    with ExitStack() as stack:
        other = Server(settings_in(tmp_path), stack)
        key = other.key(Grant(scopes=("decide",)))
        with writing(other.store._database).begin() as connection:
            connection.execute(text("ALTER TABLE api_keys RENAME TO gone"))
        for given in (key, f"lw_{'0' * 12}_{key[-43:]}"):
            answer = other.decide(f"Bearer {given}")
            assert (answer.status_code, answer.json["type"]) == (503, "/problems/ledger-unavailable")
            assert int(answer.headers["Retry-After"]) > 0


def test_a_server_with_an_issuer_that_was_never_reached_lets_keys_in_alone(tmp_path: Path) -> None:
    with ExitStack() as stack:
        unreached = {"oidc_issuer": "http://127.0.0.1:9", "oidc_audience": AUDIENCE}
        other = Server(settings_in(tmp_path, **unreached), stack)
        answer = other.decide(f"Bearer {token(other)}")
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/issuer-unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        key = other.key(Grant(scopes=("decide",)))
        assert other.decide(f"Bearer {key}", agent={}).status_code == 200


def test_a_demonstration_lets_everybody_in_and_no_other_server_does(tmp_path: Path, server: Server) -> None:
    with ExitStack() as stack:
        demo = Server(settings_in(tmp_path, insecure_demo=True), stack)
        assert demo.decide(None, agent={"role": "boss"}).json["verdict"] == "approve"
    assert server.decide(None).status_code == 401


def test_a_server_does_not_start_with_an_issuer_that_is_set_by_halves(tmp_path: Path) -> None:
    for demo in (False, True):
        settings = settings_in(tmp_path, oidc_issuer=ISSUER, insecure_demo=demo)
        with pytest.raises(SettingProblem, match="set `LEEWAY_OIDC_AUDIENCE`"), opened(settings):
            pass


def test_what_a_caller_sent_is_not_echoed(server: Server) -> None:
    answer = server.decide("Bearer canary-1234567890")
    assert "canary" not in json.dumps([answer.text, dict(answer.headers)])
