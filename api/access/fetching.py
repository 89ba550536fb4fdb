"""Where an issuer's public keys (JWKS) come from: a file, an address, or as the issuer says itself."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from api.settings import SettingProblem, is_loopback

TIMEOUT: Final = httpx.Timeout(3.0, connect=2.0)
WHOLE: Final = 10.0
"""Seconds that an answer may take from its first byte to its last."""
MOST: Final = 2**20
"""Bytes that an answer may have."""
DISCOVERY: Final = "/.well-known/openid-configuration"
HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}

Source = Callable[[], bytes]
"""Gives a JWKS; raises `FetchFailed`, or `OSError` where it is a file that cannot be read."""


class FetchFailed(Exception):
    """The keys cannot be had now."""


class Discovered(BaseModel):
    """What an issuer says of itself."""

    issuer: str
    jwks_uri: str


def source_of(issuer: str, keys: str | None) -> Source:
    """Return where an issuer's keys come from; raise `SettingProblem` where the setting is none."""
    if keys is None:
        _trusted(issuer, "LEEWAY_OIDC_ISSUER")
        return partial(discovered, issuer)
    if "://" in keys:
        _trusted(keys, "LEEWAY_OIDC_KEYS")
        return partial(fetched, keys)
    if not Path(keys).is_file():
        raise SettingProblem("`LEEWAY_OIDC_KEYS` names no file that is there; give a file, or an https address")
    return Path(keys).read_bytes


def discovered(issuer: str) -> bytes:
    """Return the keys that an issuer publishes, at the address that it says."""
    text = fetched(issuer.rstrip("/") + DISCOVERY)
    try:
        said = Discovered.model_validate_json(text)
    except ValidationError as problem:
        raise FetchFailed("what the issuer says of itself cannot be read") from problem
    if said.issuer != issuer:
        raise FetchFailed("the issuer says that it is another one than `LEEWAY_OIDC_ISSUER`")
    return fetched(said.jwks_uri)


def fetched(address: str) -> bytes:
    """Return what lies at an address, which is https or of this machine; a redirection is not followed."""
    if not is_safe(address):
        raise FetchFailed("the keys are neither at an https address nor on this machine")
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=HEADERS) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise FetchFailed(f"the answer has the status {answer.status_code}")
            return _whole(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise FetchFailed(_unanswered(problem)) from problem


def is_safe(address: str) -> bool:
    """Return whether what lies at an address cannot be changed on its way here."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _unanswered(problem: BaseException) -> str:
    """Return why there is no answer; a certificate that is not trusted is all that somebody here can mend."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted here ({cause.verify_message}); see SSL_CERT_FILE in docs/access.md"
        cause = cause.__cause__ or cause.__context__
    return f"there is no answer: {type(problem).__name__}"


def _whole(answer: httpx.Response) -> bytes:
    """Return the body of an answer; one that is too long, or takes too long, is none."""
    until, body = time.monotonic() + WHOLE, bytearray()
    for part in answer.iter_raw():
        body += part
        if len(body) > MOST or time.monotonic() > until:
            raise FetchFailed("the answer is too long")
    return bytes(body)


def _trusted(address: str, setting: str) -> None:
    if not is_safe(address):
        raise SettingProblem(f"`{setting}` is no https address; http is for an issuer on this machine alone")
