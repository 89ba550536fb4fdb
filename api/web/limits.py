"""How often who may call: each caller by their credential, who has none by their address.

Every limited answer says what is left, in the fields of draft-ietf-httpapi-ratelimit-headers-11.
"""

from __future__ import annotations

import ipaddress
from binascii import crc32
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from flask import Flask, Response, current_app, g, request
from limits import parse_many
from werkzeug.middleware.proxy_fix import ProxyFix

from api.settings import SettingProblem, Settings
from api.web.counting import Counts, counts_at
from api.web.problems import Refusal

NAME: Final = "leeway-limits"
FAILURES: Final = "60 per minute"
"""Credentials that are not good, from one address.

It limits those alone: a good one is let in whatever else comes from its address, which may be that of a proxy or of a
whole company. What has 256 random bits is not found by trying, at whatever rate.
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in each window of so many seconds."""

    name: str
    quota: int
    window: int

    def __str__(self) -> str:
        return f'"{self.name}";q={self.quota};w={self.window}'


class Policies:
    """The policies that a request is held to together."""

    def __init__(self, each: Iterable[Policy]) -> None:
        self.each = tuple(each)
        self.told = ", ".join(map(str, self.each))


class Standing(NamedTuple):
    """What a request left of a policy: negative where there were too many."""

    name: str
    left: int
    seconds: int
    """Until the window ends."""

    def __str__(self) -> str:
        return f'"{self.name}";r={max(0, self.left)};t={self.seconds}'


class Held(NamedTuple):
    """What an answer says of the policies that its request was held to."""

    policies: Policies
    standings: list[Standing]

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the fields of the answer."""
        yield "RateLimit-Policy", self.policies.told
        yield "RateLimit", ", ".join(map(str, self.standings))


class Limits:
    """The policies of a server, and what was counted."""

    def __init__(self, limit: str, counts: Counts) -> None:
        """Read the limit; raise `SettingProblem` where it is none."""
        self.by_caller = policies("caller", limit)
        self.by_address = policies("address", limit)
        self.of_failures = policies("failures", FAILURES)
        self._counts = counts

    def hold(self, to: Policies, who: str, at: float) -> None:
        """Count a request of somebody at a moment, in seconds; raise `Refusal` 429 where there were too many."""
        standings = [self._standing(policy, who, at) for policy in to.each]
        g.held = Held(to, standings)
        if over := [one.seconds for one in standings if one.left < 0]:
            help = "send it again after as many seconds as `Retry-After` says"
            raise Refusal(429, "more requests came than may come in this time", help, retry_after=max(over))

    def _standing(self, policy: Policy, who: str, at: float) -> Standing:
        """Count a request; windows begin at another second for each caller, so that not all come back at once."""
        turn, gone = divmod(int(at) + crc32(who.encode()), policy.window)
        count = self._counts.add(f"{policy.name}/{who}", turn, policy.window)
        return Standing(policy.name, policy.quota - count, policy.window - gone)


def policies(name: str, limit: str) -> Policies:
    """Return the policies that a limit such as `6000 per minute; 200 per second` says, named apart by their window."""
    try:
        found = parse_many(limit)
    except ValueError as problem:
        raise _malformed() from problem
    if any(one.amount < 1 for one in found) or len({one.get_expiry() for one in found}) < len(found):
        raise _malformed()
    several = len(found) > 1
    return Policies(
        Policy(f"{name}-{one.get_expiry()}" if several else name, one.amount, one.get_expiry()) for one in found
    )


def _malformed() -> SettingProblem:
    return SettingProblem(
        "`LEEWAY_RATE_LIMIT` is no limit such as `6000 per minute` or `6000 per minute; 200 per second`; "
        "empty, there is none"
    )


def register(app: Flask, settings: Settings) -> None:
    """Have an application limit its callers, where a limit is set; raise `SettingProblem` where it is set wrongly."""
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]
    if settings.rate_limit.strip():
        app.extensions[NAME] = Limits(settings.rate_limit, counts_at(settings.rate_limit_store))
        app.after_request(_told)


def count_caller(id_: str, at: datetime) -> None:
    """Count a request of a caller, by the id of their credential; raise `Refusal` where there were too many."""
    if (limits := _limits()) is not None:
        limits.hold(limits.by_caller, id_, at.timestamp())


def count_address(at: datetime) -> None:
    """Count a request that needs no credential."""
    if (limits := _limits()) is not None:
        limits.hold(limits.by_address, _address(), at.timestamp())


def count_failure(at: datetime) -> None:
    """Count a request whose credential is not good."""
    if (limits := _limits()) is not None:
        limits.hold(limits.of_failures, _address(), at.timestamp())


def _limits() -> Limits | None:
    found = current_app.extensions.get(NAME)
    assert found is None or isinstance(found, Limits)
    return found


def _address() -> str:
    """Return the address that a request came from; of IPv6 the network, within which somebody has them all."""
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def _told(response: Response) -> Response:
    """Say in an answer what is left."""
    held: Held | None = g.get("held")
    if held is not None:
        for name, value in held.headers():
            response.headers.add(name, value)
    return response
