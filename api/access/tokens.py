"""Tokens of an issuer (OIDC): JWTs whose signature, issuer, audience and times are right, and who calls by them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from api.access.caller import SCOPES, Caller
from api.access.fetching import FetchFailed, Source, source_of
from api.access.issuer import IssuerKeys, key_set
from api.access.keys import Name
from api.access.problems import Unauthenticated
from api.settings import SettingProblem, Settings
from schemas.request import Agent

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Those that a public key verifies. With a shared secret (HS256), whoever checks tokens could make them."""
TYPES: Final = ("jwt", "at+jwt", "application/at+jwt")
SKEW: Final = 60
"""Seconds that the issuer's clock may be ahead of ours."""
USE: Final = "tokens"
"""What the key is derived for by which tokens are named."""
SELF_SERVICE: Final = "self-service"
"""Who acts with a customer's own token that does not say by which application."""

Subject = Annotated[str, Field(max_length=255, pattern=r"^[^\p{Cc}]+$")]


class Claims(BaseModel):
    """What a token says; claims of other names are somebody else's, those of another type make it no token of ours."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    iss: str
    sub: Subject
    aud: str | list[str]
    exp: FiniteFloat
    nbf: FiniteFloat = 0
    iat: FiniteFloat = 0
    scope: str = ""
    client_id: Name = ""
    azp: Name = ""
    leeway_roles: list[Name] = []
    leeway_packs: list[Name] = []
    leeway_customer: Name = ""
    leeway_team: Name = ""

    def are_for(self, issuer: str, audience: str, now: float) -> bool:
        """Return whether the token is of this issuer, for this audience, and good now."""
        audiences = [self.aud] if isinstance(self.aud, str) else self.aud
        begun = max(self.nbf, self.iat) <= now + SKEW
        return self.iss == issuer and audience in audiences and begun and now < self.exp


class Tokens:
    """Knows callers by tokens of one issuer for one audience."""

    def __init__(self, settings: Settings, keys: IssuerKeys, naming: bytes, clock: Callable[[], datetime]) -> None:
        """Keep whose tokens are accepted, and the key by which their subjects get names that tell nothing."""
        assert settings.oidc_issuer is not None
        assert settings.oidc_audience is not None
        self._issuer, self._audience = settings.oidc_issuer, settings.oidc_audience
        self._registry = JWSRegistry(algorithms=settings.oidc_algorithms, strict_check_header=False)
        self._keys, self._naming, self._clock = keys, naming, clock

    def caller_of(self, text: str) -> Caller:
        """Return who calls by a token; raise `Unauthenticated`, or `IssuerUnavailable` while no key could be had."""
        try:
            token = jwt.decode(text, self._key, registry=self._registry)
            claims = Claims.model_validate(token.claims)
        except (JoseError, ValidationError, ValueError, TypeError, RecursionError):
            raise Unauthenticated from None
        if not claims.are_for(self._issuer, self._audience, self._clock().timestamp()):
            raise Unauthenticated
        return self._caller(claims)

    def _key(self, token: GuestProtocol) -> KeySet:
        """Return the keys among which a token's is, if its header is one of ours."""
        header: dict[str, Any] = token.headers()
        # With `b64` a signature would be over other bytes than the claims that are read.
        if "crit" in header or "b64" in header or str(header.get("typ", "JWT")).lower() not in TYPES:
            raise Unauthenticated
        return self._keys.named(header.get("kid"))

    def _caller(self, claims: Claims) -> Caller:
        customer = claims.leeway_customer or None
        return Caller(
            id=f"token:{hmac.digest(self._naming, claims.sub.encode(), 'sha256').hex()[:24]}",
            scopes=frozenset(one for one in SCOPES if one in claims.scope.split()),
            roles=frozenset(claims.leeway_roles),
            packs=frozenset(claims.leeway_packs) if "leeway_packs" in claims.model_fields_set else None,
            customer=customer,
            agent=Agent(id=claims.sub if customer is None else _application(claims), team=claims.leeway_team or None),
        )


def _application(claims: Claims) -> str:
    """Return the agent of a customer's own token: the application, for agents stay in the clear when one is erased."""
    return claims.client_id or claims.azp or SELF_SERVICE


def _source(issuer: str, keys: str | None) -> Source:
    """Return where an issuer's keys come from; a file must have some, an address need not answer yet."""
    source = source_of(issuer, keys)
    if keys is not None and "://" not in keys:
        try:
            key_set(source())
        except (FetchFailed, OSError) as problem:
            raise SettingProblem(f"`LEEWAY_OIDC_KEYS` names a file without keys: {problem}") from problem
    return source


def tokens_of(settings: Settings, naming: bytes, clock: Callable[[], datetime]) -> Tokens | None:
    """Return what knows tokens, or None where no issuer is set; raise `SettingProblem` where it is set by halves."""
    if settings.oidc_issuer is None:
        for name in ("oidc_audience", "oidc_keys"):
            if getattr(settings, name) is not None:
                raise SettingProblem(f"`LEEWAY_{name.upper()}` is set, but no issuer: set `LEEWAY_OIDC_ISSUER` too")
        return None
    if not settings.oidc_audience:
        raise SettingProblem(
            "`LEEWAY_OIDC_ISSUER` is set, but no audience, so that tokens for anybody would do: "
            "set `LEEWAY_OIDC_AUDIENCE` to what the issuer calls this server"
        )
    if not settings.oidc_algorithms or not set(settings.oidc_algorithms) <= set(ALGORITHMS):
        raise SettingProblem(f"`LEEWAY_OIDC_ALGORITHMS` can have {', '.join(ALGORITHMS)}, and no other")
    keys = IssuerKeys(_source(settings.oidc_issuer, settings.oidc_keys))
    keys.begin()
    return Tokens(settings, keys, naming, clock)
