"""The keys of an issuer: how they are had, how long they are held, and when they are fetched again."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import certified
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from issuers import AT, Issuer, Published, Source, claims, ec, published, rsa, server, signed
from joserfc.errors import SecurityWarning
from joserfc.util import int_to_base64

from api.access.fetching import FetchFailed, discovered, fetched, is_safe
from api.access.issuer import IDLE, LIFE, PAUSE, key_set
from api.access.problems import IssuerUnavailable


@pytest.fixture
def publishing() -> Iterator[Published]:
    with server() as found:
        yield found


def test_a_new_key_of_the_issuer_is_fetched_when_a_token_names_it() -> None:
    issuer = Issuer(Source(published(rsa())))
    assert issuer.caller(signed(claims(AT), rsa())) is not None
    issuer.source.text = published(rsa(), ec())
    issuer.ticks += PAUSE
    assert issuer.caller(signed(claims(AT), ec())) is not None
    assert issuer.source.asked == 2


def test_tokens_of_unknown_keys_do_not_have_the_keys_fetched_again_and_again() -> None:
    issuer = Issuer()
    issuer.keys.begin()
    issuer.settle()
    for number in range(20):
        assert issuer.caller(signed(claims(AT), ec(), kid=f"unknown-{number}")) is None
    assert issuer.source.asked == 1
    issuer.ticks += PAUSE
    assert issuer.caller(signed(claims(AT), ec(), kid="unknown")) is None
    assert issuer.source.asked == 2


def test_old_keys_serve_while_new_ones_are_fetched() -> None:
    issuer = Issuer()
    token = signed(claims(AT), ec())
    assert issuer.caller(token) is not None
    issuer.source.going.clear()
    issuer.ticks += LIFE
    assert issuer.caller(token) is not None
    issuer.source.going.set()
    issuer.settle()
    assert issuer.source.asked == 2


def test_a_key_that_the_issuer_withdraws_is_not_accepted_for_long() -> None:
    issuer = Issuer()
    token = signed(claims(AT), ec())
    assert issuer.caller(token) is not None
    issuer.source.text = published(rsa())
    issuer.ticks += LIFE
    issuer.caller(token)
    issuer.settle()
    assert issuer.caller(token) is None


def test_on_a_server_hardly_used_a_key_that_was_withdrawn_long_ago_is_not_accepted_once_more() -> None:
    issuer = Issuer()
    token = signed(claims(AT), ec())
    assert issuer.caller(token) is not None
    issuer.source.text = published(rsa())
    issuer.ticks += IDLE
    assert issuer.caller(token) is None
    assert issuer.caller(signed(claims(AT), rsa())) is not None
    issuer.source.failing = True
    issuer.ticks += IDLE
    assert issuer.caller(signed(claims(AT), rsa())) is not None, "the keys stay while the issuer is away"


def test_a_fetch_that_fails_keeps_the_old_keys(caplog: pytest.LogCaptureFixture) -> None:
    issuer = Issuer()
    token = signed(claims(AT), ec())
    assert issuer.caller(token) is not None
    for failing, text in ((True, b""), (False, b"no keys"), (False, b'{"keys": []}')):
        issuer.source.failing, issuer.source.text = failing, text
        issuer.ticks += LIFE
        with caplog.at_level(logging.WARNING):
            assert issuer.caller(token) is not None
            issuer.settle()
        assert issuer.caller(token) is not None
    assert issuer.source.asked == 4
    assert caplog.text.count("those that are held stay") == 3


def test_nobody_can_tell_who_calls_before_the_issuer_was_ever_reached(caplog: pytest.LogCaptureFixture) -> None:
    issuer = Issuer(Source(b"", failing=True))
    with pytest.raises(IssuerUnavailable):
        issuer.tokens.caller_of(signed(claims(AT), ec()))
    assert "so tokens are answered with 503" in caplog.text
    issuer.source.failing, issuer.source.text = False, published(ec())
    issuer.ticks += PAUSE
    assert issuer.caller(signed(claims(AT), ec())) is not None


def test_keys_that_could_not_have_signed_are_passed_over() -> None:
    listed = json.loads(published(ec()))["keys"]
    short = generate_private_key(65537, 1024).public_key().public_numbers()
    listed += [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {**rsa().as_dict(private=False), "use": "enc", "kid": "encrypting"},
        {"kty": "RSA", "n": int_to_base64(short.n), "e": "AQAB", "kid": "short"},
        {"kty": "RSA", "kid": "empty"},
        {"kty": "AKP", "kid": "from the future"},
        "no key",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        assert [key.kid for key in key_set(json.dumps({"keys": listed}).encode())] == ["ec-1"]
    for text in (b"", b"[]", b"{}", b'{"keys": {}}', json.dumps({"keys": listed[1:]}).encode()):
        with pytest.raises(FetchFailed):
            key_set(text)


def test_keys_are_had_as_the_issuer_says_where(publishing: Published) -> None:
    here = publishing.address
    publishing.json("/.well-known/openid-configuration", {"issuer": here, "jwks_uri": f"{here}/keys"})
    publishing.json("/keys", published(ec()))
    assert discovered(here) == published(ec())
    assert publishing.asked == ["/.well-known/openid-configuration", "/keys"]


def test_what_an_issuer_says_of_itself_must_be_right(publishing: Published) -> None:
    here, path = publishing.address, "/.well-known/openid-configuration"
    publishing.json("/keys", published(ec()))
    for said, why in (
        ({"issuer": "https://another.example", "jwks_uri": f"{here}/keys"}, "another one"),
        ({"issuer": here, "jwks_uri": "http://192.0.2.1/keys"}, "neither at an https address nor on this machine"),
        ({"issuer": here, "jwks_uri": "file:///etc/keys"}, "neither at an https address nor on this machine"),
        ({"issuer": here}, "cannot be read"),
        (["keys"], "cannot be read"),
    ):
        publishing.json(path, said)
        with pytest.raises(FetchFailed, match=why):
            discovered(here)
    assert "/keys" not in publishing.asked


def test_keys_are_not_fetched_from_elsewhere_nor_without_end(publishing: Published) -> None:
    publishing.json("/elsewhere", published(ec()))
    publishing.answers["/moved"] = (302, {"Location": f"{publishing.address}/elsewhere"}, b"")
    publishing.answers["/gone"] = (500, {}, b"")
    publishing.answers["/long"] = (200, {}, b" " * (2**20 + 1))
    for path, why in (("/moved", "status 302"), ("/gone", "status 500"), ("/long", "too long")):
        with pytest.raises(FetchFailed, match=why):
            fetched(publishing.address + path)
    assert "/elsewhere" not in publishing.asked


def test_an_issuer_that_is_away_is_said_to_be() -> None:
    with server() as gone:
        address = gone.address
    with pytest.raises(FetchFailed, match="there is no answer: ConnectError"):
        fetched(f"{address}/keys")


def test_an_issuer_of_a_company_of_its_own_is_trusted_where_ssl_cert_file_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = certified(tmp_path)
    with server(company.context()) as publishing:
        here = publishing.address
        publishing.json("/.well-known/openid-configuration", {"issuer": here, "jwks_uri": f"{here}/keys"})
        publishing.json("/keys", published(ec()))
        with pytest.raises(FetchFailed, match=r"certificate is not trusted here .*SSL_CERT_FILE"):
            discovered(here)
        monkeypatch.setenv("SSL_CERT_FILE", str(company.authority))
        assert discovered(here) == published(ec())
        with pytest.raises(FetchFailed, match=r"not trusted here .*IP address mismatch"):
            fetched(here.replace("localhost", "127.0.0.1") + "/keys")


SAFE = [
    "https://login.example/a",
    "http://localhost:8080/a",
    "http://127.0.0.1/a",
    "http://127.8.8.8",
    "http://[::1]:1/",
]
UNSAFE = [
    "http://login.example", "http://10.0.0.1", "http://localhost.example", "http://127.0.0.1.example", "ftp://127.0.0.1",
    "https://", "file:///keys", "keys.json", "http://[::1", "//login.example", "http://2130706433",
]  # fmt: skip


def test_only_https_or_this_machine_is_trusted_with_keys() -> None:
    assert [address for address in SAFE if not is_safe(address)] == []
    assert [address for address in UNSAFE if is_safe(address)] == []
