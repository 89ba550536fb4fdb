"""Tokens of an issuer: which are accepted, who calls by them, and settings of an issuer that do not fit together."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from issuers import (
    AT,
    AUDIENCE,
    ISSUER,
    NAMING,
    NOW,
    Issuer,
    Source,
    claims,
    ec,
    encoded,
    joined,
    published,
    resigned,
    rsa,
    signed,
)
from joserfc.jwk import ECKey

from api.access.caller import Caller
from api.access.tokens import tokens_of
from api.settings import SettingProblem, Settings
from schemas.request import Agent


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def test_a_token_says_who_calls_and_what_they_may_do(issuer: Issuer) -> None:
    said = claims(AT, leeway_packs=["tiny"], leeway_team="blue", leeway_roles=["agent", "boss"])
    found = issuer.caller(signed(said, rsa()))
    assert found is not None
    assert found == Caller(
        id=found.id,
        scopes=frozenset({"decide", "record"}),
        roles=frozenset({"agent", "boss"}),
        packs=frozenset({"tiny"}),
        customer=None,
        agent=Agent(id="kim", team="blue"),
    )
    assert found.id.startswith("token:")
    assert "kim" not in found.id


def test_a_token_that_says_no_more_claims_no_rung_in_every_pack(issuer: Issuer) -> None:
    found = issuer.caller(signed(claims(AT, scope=..., leeway_roles=...), ec()))
    assert found is not None
    assert (found.scopes, found.roles, found.packs, found.customer) == (frozenset(), frozenset(), None, None)


def test_each_subject_is_a_caller_of_its_own(issuer: Issuer) -> None:
    names = ["kim", "lee", "kim"]
    found = [issuer.caller(signed(claims(AT, sub=name), ec())) for name in names]
    ids = [one.id for one in found if one is not None]
    assert ids[0] == ids[2] != ids[1]


def test_a_customers_own_token_shows_no_other_and_names_the_application(issuer: Issuer) -> None:
    own = {"sub": "C-1", "leeway_customer": "C-1"}
    said = [claims(AT, **own, **more) for more in ({"client_id": "app"}, {"azp": "shop"}, {})]
    found = [issuer.caller(signed(one, ec())) for one in said]
    assert [one and one.customer for one in found] == ["C-1"] * 3
    assert [one and one.agent.id for one in found] == ["app", "shop", "self-service"]


GOOD: dict[str, Callable[[], str]] = {
    "by_an_elliptic_curve": lambda: signed(claims(AT), ec()),
    "begins_in_a_minute": lambda: signed(claims(AT, nbf=AT + 60, iat=AT + 60), ec()),
    "ends_in_a_moment": lambda: signed(claims(AT, exp=AT + 0.5), ec()),
    "several_audiences": lambda: signed(claims(AT, aud=["another", AUDIENCE]), ec()),
    "an_access_token": lambda: signed(claims(AT), ec(), typ="at+jwt"),
    "an_access_token_in_full": lambda: signed(claims(AT), ec(), typ="application/AT+JWT"),
    "no_type": lambda: signed(claims(AT), ec(), typ=...),
    "a_header_of_others": lambda: signed(claims(AT), ec(), x5t="abc"),
}


@pytest.mark.parametrize("token", GOOD.values(), ids=GOOD)
def test_a_token_is_accepted(issuer: Issuer, token: Callable[[], str]) -> None:
    assert issuer.caller(token()) is not None


CLAIMS: dict[str, dict[str, Any]] = {
    "another_issuer": {"iss": "https://login.example/"},
    "no_issuer": {"iss": ...},
    "another_audience": {"aud": "https://other.example"},
    "audiences_of_others": {"aud": ["a", "b"]},
    "no_audience": {"aud": ...},
    "an_audience_that_is_no_text": {"aud": [AUDIENCE, 7]},
    "no_end": {"exp": ...},
    "ended_just_now": {"exp": AT},
    "an_end_in_words": {"exp": str(AT + 300)},
    "an_end_that_is_true": {"exp": True},
    "no_finite_end": {"exp": float("inf")},
    "an_end_that_is_no_number": {"exp": float("nan")},
    "an_end_beyond_all_numbers": {"exp": 10**400},
    "begins_later": {"nbf": AT + 61},
    "begins_null": {"nbf": None},
    "begins_true": {"nbf": True},
    "made_later": {"iat": AT + 61},
    "made_in_words": {"iat": str(AT)},
    "no_subject": {"sub": ...},
    "an_empty_subject": {"sub": ""},
    "a_subject_of_two_lines": {"sub": "kim\nlee"},
    "a_subject_that_is_a_number": {"sub": 7},
    "a_subject_too_long": {"sub": "k" * 256},
    "scopes_as_a_list": {"scope": ["decide"]},
    "rungs_as_a_text": {"leeway_roles": "agent"},
    "a_rung_that_is_a_number": {"leeway_roles": ["agent", 7]},
    "an_empty_rung": {"leeway_roles": [""]},
    "no_rungs_said_as_null": {"leeway_roles": None},
    "packs_as_null": {"leeway_packs": None},
    "packs_as_a_text": {"leeway_packs": "tiny"},
    "customers_as_a_list": {"leeway_customer": ["C-1"]},
    "an_empty_customer": {"leeway_customer": ""},
    "a_customer_as_null": {"leeway_customer": None},
    "a_team_that_is_a_number": {"leeway_team": 7},
    "an_application_that_is_a_number": {"client_id": 7},
}


@pytest.mark.parametrize("changed", CLAIMS.values(), ids=CLAIMS)
def test_a_token_with_such_a_claim_is_not_accepted(issuer: Issuer, changed: dict[str, Any]) -> None:
    assert issuer.caller(signed(claims(AT, **changed), ec())) is None


PAYLOAD = json.dumps(claims(AT)).encode()


def with_the_public_key() -> str:
    """Return a token that is signed as if the public key were a secret that both sides share."""
    text = joined({"alg": "HS256", "kid": "rsa-1", "typ": "JWT"}, PAYLOAD).rpartition(".")[0]
    return f"{text}.{encoded(hmac.digest(rsa().as_pem(private=False), text.encode(), 'sha256'))}"


FORGED: dict[str, Callable[[], str]] = {
    "not_signed": lambda: joined({"alg": "none"}, PAYLOAD, b""),
    "not_signed_at_all": lambda: joined({"alg": "none"}, PAYLOAD, b"").rpartition(".")[0],
    "signed_with_the_public_key": with_the_public_key,
    "by_an_algorithm_that_is_not_allowed": lambda: signed(claims(AT), rsa(), alg="PS256"),
    "by_another_key_of_the_same_name": lambda: signed(claims(AT), ECKey.generate_key("P-256", {"kid": "ec-1"})),
    "by_the_algorithm_of_another_key": lambda: signed(claims(AT), ec(), kid="rsa-1"),
    "by_a_key_that_nobody_knows": lambda: signed(claims(AT), ec("ec-9")),
    "by_no_named_key_of_two": lambda: signed(claims(AT), ec(), kid=...),
    "of_another_type": lambda: signed(claims(AT), ec(), typ="dpop+jwt"),
    "of_a_type_that_is_a_number": lambda: resigned(PAYLOAD, typ=7),
    "by_a_key_whose_name_is_a_number": lambda: resigned(PAYLOAD, kid=7),
    "with_something_critical": lambda: signed(claims(AT), ec(), crit=["typ"]),
    "with_bare_content": lambda: signed(claims(AT), ec(), b64=True),
    "changed": lambda: signed(claims(AT), ec()).replace(".", ".e", 1),
    "cut": lambda: signed(claims(AT), ec())[:-4],
    "encrypted": lambda: signed(claims(AT), ec()) + ".x.y",
    "without_a_header": lambda: joined(["ES256"], PAYLOAD),
    "without_an_algorithm": lambda: joined({"kid": "ec-1"}, PAYLOAD),
    "with_a_header_without_end": lambda: f"{encoded(b'[' * 6000)}.e30.e30",
    "with_claims_without_end": lambda: resigned(b"[" * 100_000),
    "with_claims_that_are_a_list": lambda: resigned(b"[]"),
    "with_claims_that_are_no_json": lambda: resigned(b"{"),
    "with_claims_that_are_no_text": lambda: resigned(b"\xff"),
    "no_token": lambda: "a.b.c",
    "nothing": lambda: "",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_not_accepted(issuer: Issuer, token: Callable[[], str]) -> None:
    assert issuer.caller(token()) is None


def test_a_token_need_not_name_the_only_key() -> None:
    issuer = Issuer(Source(published(ec())))
    assert issuer.caller(signed(claims(AT), ec(), kid=...)) is not None


def test_a_file_of_keys_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(published(ec()))
    settings = Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_keys=str(file))
    tokens = tokens_of(settings, NAMING, lambda: NOW)
    assert tokens is not None
    assert tokens.caller_of(signed(claims(AT), ec())).agent.id == "kim"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an_issuer_without_audience": ({"oidc_audience": None}, "set `LEEWAY_OIDC_AUDIENCE`"),
    "an_empty_audience": ({"oidc_audience": ""}, "set `LEEWAY_OIDC_AUDIENCE`"),
    "an_audience_without_issuer": ({"oidc_issuer": None}, "set `LEEWAY_OIDC_ISSUER` too"),
    "keys_without_issuer": (
        {"oidc_issuer": None, "oidc_audience": None, "oidc_keys": "k"},
        "`LEEWAY_OIDC_KEYS` is set",
    ),
    "no_algorithm": ({"oidc_algorithms": ()}, "`LEEWAY_OIDC_ALGORITHMS` can have"),
    "the_algorithm_none": ({"oidc_algorithms": ("none",)}, "`LEEWAY_OIDC_ALGORITHMS` can have"),
    "a_shared_secret": ({"oidc_algorithms": ("RS256", "HS256")}, "`LEEWAY_OIDC_ALGORITHMS` can have"),
    "an_issuer_in_the_clear": ({"oidc_issuer": "http://login.example"}, "`LEEWAY_OIDC_ISSUER` is no https address"),
    "keys_in_the_clear": ({"oidc_keys": "http://login.example/keys"}, "`LEEWAY_OIDC_KEYS` is no https address"),
    "a_file_that_is_not_there": ({"oidc_keys": "keys.json"}, "names no file"),
}


@pytest.mark.parametrize(("changed", "why"), WRONG.values(), ids=WRONG)
def test_an_issuer_that_is_set_by_halves_is_an_error_at_start(changed: dict[str, Any], why: str) -> None:
    given = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, **changed}
    with pytest.raises(SettingProblem, match=why):
        tokens_of(Settings(**given), NAMING, lambda: NOW)


def test_a_file_without_keys_is_an_error_at_start(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text("{}")
    with pytest.raises(SettingProblem, match="`LEEWAY_OIDC_KEYS` names a file without keys"):
        tokens_of(Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_keys=str(file)), NAMING, lambda: NOW)


def test_algorithms_are_set_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_OIDC_ALGORITHMS", "RS256, PS512")
    assert Settings().oidc_algorithms == ("RS256", "PS512")
