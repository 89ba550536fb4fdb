"""Who calls, by the one `Authorization` header of a request: an API key, or a token of the issuer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from werkzeug import Request

from api.access.caller import ANYBODY, Caller
from api.access.key_store import open_keys
from api.access.keys import parts_of
from api.access.known_keys import KnownKeys
from api.access.problems import Unauthenticated
from api.access.tokens import USE, Tokens, tokens_of
from api.ledger.vault import Vault
from api.settings import Settings

BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/=-]{1,8192})", re.ASCII)
"""One credential: of two headers that a server joins with a comma, none."""


class Authenticator:
    """Tells who calls by keys, and by tokens where an issuer is set."""

    def __init__(self, keys: KnownKeys, tokens: Tokens | None) -> None:
        self._keys, self._tokens = keys, tokens

    def __call__(self, request: Request, /) -> Caller:
        """Return who calls; whatever is wrong with a credential, `Unauthenticated` is all that is said."""
        given = BEARER.fullmatch(request.environ.get("HTTP_AUTHORIZATION", ""))
        if given is None:
            raise Unauthenticated
        if (parts := parts_of(given[1])) is not None:
            return self._keys.caller_of(*parts)
        if self._tokens is None:
            raise Unauthenticated
        return self._tokens.caller_of(given[1])


@contextmanager
def authenticator(
    settings: Settings, keys: str, vault: Vault, clock: Callable[[], datetime]
) -> Iterator[Callable[[Request], Caller]]:
    """Yield what tells who calls a server; `keys` is where its key store lies.

    Raises `SettingProblem` where the settings of the issuer do not fit together.
    """
    tokens = tokens_of(settings, vault.master.derived(USE), clock)
    if settings.insecure_demo:
        yield _anybody
        return
    with open_keys(keys, vault) as store:
        yield Authenticator(KnownKeys(store, clock), tokens)


def _anybody(_: Request) -> Caller:
    return ANYBODY
