"""What is sent wrongly is refused: never decided, never repeated in the answer."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from ledgers import in_sqlite  # noqa: F401 - a fixture
from web_desk import Web, ask, web_in_sqlite, written  # noqa: F401 - a fixture

from api.openapi.document import document
from api.web.application import endpoints

CANARY = "canary-7Qx"
JSON = "application/json"
PATHS = document(endpoints())["paths"]
TAKING = {path: one for path, methods in PATHS.items() for method, one in methods.items() if "requestBody" in one}
ID = "d-0"


@pytest.fixture
def web(web_in_sqlite: Web) -> Iterator[Web]:  # noqa: F811
    """Give the small desk, which must have decided nothing when the test ends."""
    before = written(web_in_sqlite)
    yield web_in_sqlite
    assert written(web_in_sqlite) == before


def refused(answer: Any, *statuses: int) -> None:
    """Hold an answer to be a problem of one of these statuses that repeats nothing, but where a value is."""
    assert answer.status_code in statuses, answer.text
    assert answer.mimetype == "application/problem+json"
    assert CANARY not in re.sub(r'"pointer":"[^"]*"', "", answer.text)
    assert answer.json["status"] == answer.status_code
    assert set(answer.json) >= {"type", "title", "status", "detail", "errors"}


def asked(place: str, value: str) -> bytes:
    """Return the JSON of an ask for a credit with a text in place of one of its values, or of how it begins."""
    text = json.dumps(ask())
    whole = {"amount": '"20"', "good": "true", "name": '"Ada"', "all": '{"pack"'}[place]
    assert text.count(whole) == 1
    return text.replace(whole, value).encode()


MALFORMED = {
    "nothing": b"",
    "only blanks": b" \n",
    "half an object": b'{"pack": "tiny"',
    "two values": b"{} {}",
    "a comma too many": b'{"pack": "tiny",}',
    "single quotes": b"{'pack': 'tiny'}",
    "a comment": b'{"pack": "tiny"} // ' + CANARY.encode(),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(ask()).encode(),
    "UTF-16": json.dumps(ask()).encode("utf-16"),
    "a byte that is not UTF-8": asked("name", '"@"').replace(b"@", b"\xff"),
    "an overlong slash": asked("name", '"@"').replace(b"@", b"\xc0\xaf"),
    "a lone surrogate": asked("name", '"\\ud800"'),
    "a surrogate pair the wrong way round": asked("name", '"\\udc00\\ud800"'),
    "a zero byte": asked("name", '"@"').replace(b"@", b"\x00"),
    "the same key twice": asked("all", f'{{"pack": "{CANARY}", "pack"'),
    "the same key twice, written differently": asked("good", 'true, "g\\u006fod": false'),
    "NaN": asked("amount", "NaN"),
    "Infinity": asked("amount", "Infinity"),
    "less than all numbers": asked("amount", "-Infinity"),
    "1e999999999": asked("amount", "1e999999999"),
    "-1e400": asked("amount", "-1e400"),
    "a fraction that is no number any more": asked("amount", "2" * 400 + ".5"),
    "a whole number of 5,000 digits": asked("amount", "9" * 5000),
    "a number with a zero before it": asked("amount", "020"),
    "a number with a plus": asked("amount", "+20"),
    "a hexadecimal number": asked("amount", "0x14"),
    "a list in a list, and so on": asked("name", "[" * 100 + "]" * 100),
    "100,000 lists that do not end": b"[" * 100_000,
}


def test_what_is_not_json_or_what_readers_differ_about_is_refused(web: Web) -> None:
    for name, body in MALFORMED.items():
        refused(web.post("/v1/decisions", body), 400)
        refused(web.post("/v1/offers", body), 400)
        if body.strip():
            answer = web.post("/v1/decisions:batch", b'{"requests": [' + body + b"]}")
            assert answer.status_code == 400, name
            refused(answer, 400)


UNFIT = {
    "true for an amount": asked("amount", "true"),
    "a list for an amount": asked("amount", "[20]"),
    "an amount in words": asked("amount", f'"{CANARY}"'),
    "an amount with blanks": asked("amount", '" 20 "'),
    "an amount with an underscore": asked("amount", '"2_0"'),
    "an amount in other digits": asked("amount", '"٢٠"'),
    "an amount with too many decimals": asked("amount", '"20.001"'),
    "an amount below nothing": asked("amount", '"-20"'),
    "an amount beyond all money": asked("amount", "9" * 40),
    "1e300": asked("amount", "1e300"),
    "1 for true": asked("good", "1"),
    "1.0 for true": asked("good", "1.0"),
    "yes in words": asked("good", '"yes"'),
    "no in words": asked("good", '"no"'),
    "nothing for true": asked("good", "null"),
    "a number for a text": asked("name", "7"),
    "nothing for a text": asked("name", "null"),
    "a fact that is not declared": asked("good", f'true, "{CANARY}": 1'),
    "a field that is not known": asked("all", f'{{"{CANARY}": 1, "pack"'),
    "no for false": asked("all", '{"all_or_nothing": "no", "pack"'),
    "0 for false": asked("all", '{"all_or_nothing": 0, "pack"'),
    "an empty text for nothing": asked("all", '{"all_or_nothing": "", "pack"'),
    "one ask and several": asked("all", '{"asks": [{"action": "call"}], "pack"'),
    "no asks": asked("all", '{"asks": [], "pack"'),
    "an id with a slash": asked("all", f'{{"id": "../{CANARY}", "pack"'),
    "an id with a zero byte": asked("all", '{"id": "a\\u0000b", "pack"'),
    "an id that is too long": asked("all", f'{{"id": "{"a" * 101}", "pack"'),
    "a moment that is none": asked("all", f'{{"now": "{CANARY}", "pack"'),
    "a day that there is not": asked("all", '{"as_of": "2026-02-30", "pack"'),
    "a customer with a zero byte": json.dumps(ask(customer=f"{CANARY}\0")).encode(),
    "a list": b"[]",
    "a text": b'"tiny"',
    "null": b"null",
    "true": b"true",
    "nothing said": b"{}",
}


def test_values_of_another_type_and_unknown_fields_are_refused(web: Web) -> None:
    for name, body in UNFIT.items():
        answer = web.post("/v1/decisions", body)
        assert answer.status_code in (409, 422), (name, answer.text)
        refused(answer, 409, 422)
        (item,) = web.post("/v1/decisions:batch", b'{"requests": [' + body + b"]}").json["items"]
        assert item["status"] == answer.status_code, name
        assert CANARY not in json.dumps({**item, "errors": [{**one, "pointer": ""} for one in item["errors"]]})


def test_an_amount_of_nothing_is_refused_however_it_is_written(web: Web) -> None:
    for zero in ("0", "-0", "0.0", "-0.0", '"0"', '"-0"', "1e-400", "0e999999999"):
        refused(web.post("/v1/decisions", asked("amount", zero)), 422)


def bodies(path: str) -> Any:
    """Return the first example of what an address takes."""
    return next(iter(TAKING[path]["requestBody"]["content"][JSON]["examples"].values()))["value"]


KINDS = ("text/plain", "", "application/x-www-form-urlencoded", "application/jsonp", "*/*", "application/xml")
CHARSETS = ("latin-1", "utf-16", CANARY)


def test_only_json_that_is_sent_as_it_is_is_taken(web: Web) -> None:
    for path, to, text in everywhere():
        status = 400 if path.startswith("/access/") else 415
        for kind in (*KINDS, *(f"{JSON}; charset={charset}" for charset in CHARSETS)):
            refused(web.post(to, text, Content_Type=kind), status)
        for coding, sent in (("gzip", gzip.compress(text)), ("deflate", zlib.compress(text)), ("br", text)):
            refused(web.post(to, sent, Content_Encoding=coding), status)


def everywhere() -> Iterator[tuple[str, str, bytes]]:
    """Yield each address that takes a body, as it is called, with an example of it."""
    for path in TAKING:
        yield path, path.replace("{id}", ID).replace("{pack}", "tiny"), json.dumps(bodies(path)).encode()


def test_no_more_is_taken_than_bodies_may_have_however_it_is_sent(web: Web) -> None:
    for _, to, text in everywhere():
        long = text + b" " * web.service.settings.body_limit
        refused(web.post(to, long), 413)
        refused(chunked(web, to, long), 413)


def test_every_address_reads_json_strictly(web: Web) -> None:
    for path, to, _ in everywhere():
        for body in (b"", b'{"reason": NaN}', b'{"reason": "a", "reason": "a"}', b'{"reason": 1e400}'):
            refused(web.post(to, body), 400)
        if not path.startswith("/access/"):
            refused(web.post(to, {**bodies(path), CANARY: 1}), 404, 422)
            refused(web.post(f"{to}?{CANARY}=1", bodies(path)), 422)


def chunked(web: Web, path: str, body: bytes) -> Any:
    """Return what is answered to a body that does not say how long it is."""
    given = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "HTTP_AUTHORIZATION": "Bearer anybody"}
    stream = io.BytesIO(body)
    return web.app.test_client().post(path, content_type=JSON, input_stream=stream, environ_overrides=given)


def test_what_unpacks_to_much_more_is_not_unpacked(web: Web) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    refused(web.post("/v1/decisions", bomb, Content_Encoding="gzip"), 415)


QUERIES = {
    "/v1/decisions": ("explain=1", "explain=True", "explain=", "explain=true&explain=false", f"explain={CANARY}"),
    "/v1/decisions:batch": ("explain=yes", "explain=true&explain=true", "Explain=true"),
    f"/v1/decisions/{ID}/explanation": ("for=", "for=Agent", f"for={CANARY}", "for=agent&for=customer"),
    "/v1/approvals": (
        "limit=0",
        "limit=1.0",
        "limit=%2B1",
        "limit=%D9%A3",
        "limit=101",
        "limit=1&limit=2",
        "state=Open",
    ),
    "/v1/customers/C-1/timeline": ("limit=0", "limit=201", "limit=1e2", f"before={CANARY}", f"kind={CANARY}", "kind="),
    "/v1/packs": ("pack=tiny",),
}


def test_wrong_query_parameters_and_ones_that_are_given_twice_are_refused(web: Web) -> None:
    for path, queries in QUERIES.items():
        sent = {"/v1/decisions": ask(), "/v1/decisions:batch": {"requests": [ask()]}}.get(path)
        for query in queries:
            answer = web.call("GET" if sent is None else "POST", f"{path}?{query}", sent)
            assert answer.status_code == 422, (path, query)
            refused(answer, 422)


def test_an_address_that_is_written_otherwise_is_another_one(web: Web) -> None:
    for path in ("//v1/packs", "/v1//packs", "/v1/packs/", "/V1/packs", "/v1/packs/.", "/v1/packs/..", f"/{CANARY}"):
        refused(web.get(path), 404)
    refused(web.get("/v1/packs/tiny:check"), 405)
    refused(web.call("TRACE", "/v1/packs"), 405)
