"""An issuer for tests: its keys, the tokens that it signs, and a server on this machine that publishes keys."""

from __future__ import annotations

import json
import ssl
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, RSAKey

from api.access.caller import Caller
from api.access.fetching import FetchFailed
from api.access.issuer import IssuerKeys
from api.access.problems import Unauthenticated
from api.access.tokens import Tokens
from api.settings import Settings

ISSUER = "https://login.example"
AUDIENCE = "https://leeway.example"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
AT = NOW.timestamp()
SETTINGS = Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE)
NAMING = bytes(32)


@cache
def rsa(kid: str = "rsa-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def ec(kid: str = "ec-1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def published(*keys: Key) -> bytes:
    """Return keys as an issuer publishes them."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def claims(now: float, **changed: Any) -> dict[str, Any]:
    """Return what a good token says, with claims replaced; a claim that is `...` is left out."""
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "kim",
        "iat": int(now),
        "exp": int(now) + 300,
        "scope": "openid decide record",
        "leeway_roles": ["agent"],
    }
    return {name: value for name, value in {**said, **changed}.items() if value is not ...}


def signed(said: dict[str, Any], key: Key, **header: Any) -> str:
    """Return a token with these claims; a part of its header that is `...` is left out."""
    whole = {"alg": "RS256" if isinstance(key, RSAKey) else "ES256", "kid": key.kid, "typ": "JWT", **header}
    given = {name: value for name, value in whole.items() if value is not ...}
    allowed = ["RS256", "PS256", "ES256", "HS256"]
    return jwt.encode(given, said, key, algorithms=allowed, default_type=None)


def resigned(payload: bytes, **header: Any) -> str:
    """Return a token that is signed rightly, whatever it says."""
    text = joined({"alg": "ES256", "kid": "ec-1", **header}, payload).rpartition(".")[0]
    algorithm = jws.JWSRegistry.algorithms["ES256"]
    return f"{text}.{encoded(algorithm.sign(text.encode(), ec()))}"


def joined(header: Any, payload: bytes, signature: bytes = b"x") -> str:
    """Return three parts as a token, whatever they are."""
    return ".".join(map(encoded, (json.dumps(header).encode(), payload, signature)))


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


@dataclass
class Published:
    """What a server on this machine answers: by path, a status, headers and a body."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def json(self, path: str, body: Any) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (200, {"Content-Type": "application/json"}, text)


@contextmanager
def server(tls: ssl.SSLContext | None = None) -> Iterator[Published]:
    """Yield what a server publishes, while it runs; by https where it is told how."""
    found = Published()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, headers, body = found.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        found.address = f"http://127.0.0.1:{running.server_address[1]}"
        if tls is not None:
            # Each thread greets its own caller, so that one who turns away does not end the server, nor says so.
            running.socket = tls.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
            running.handle_error = lambda *_: None
            found.address = f"https://localhost:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            running.shutdown()
            thread.join()


@dataclass
class Source:
    """Gives what an issuer publishes now, and counts how often it is asked."""

    text: bytes
    asked: int = 0
    failing: bool = False
    going: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.going.set()

    def __call__(self) -> bytes:
        self.asked += 1
        self.going.wait(10)
        if self.failing:
            raise FetchFailed("the issuer is away")
        return self.text


@dataclass
class Issuer:
    """The keys of an issuer as a server holds them, by a clock that stands still until it is moved."""

    source: Source = field(default_factory=lambda: Source(published(rsa(), ec())))
    ticks: float = 0.0

    def __post_init__(self) -> None:
        self.keys = IssuerKeys(self.source, lambda: self.ticks)
        self.tokens = Tokens(SETTINGS, self.keys, NAMING, lambda: NOW)

    def caller(self, token: str) -> Caller | None:
        try:
            return self.tokens.caller_of(token)
        except Unauthenticated:
            return None

    def settle(self) -> None:
        """Wait until the fetch that was begun last is over."""
        assert self.keys._fetched.wait(10)
