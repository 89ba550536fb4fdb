"""A client of the decision API: calls are values, sent by a client that waits or by one that is awaited.

    with Client("http://127.0.0.1:8080", key="lw_...") as client:
        decision = client.send(decide(request))

A call that did not reach the server, or that it has no time for, is sent again. Writes carry an `Idempotency-Key`, so
they are done once however often they are sent.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx
from pydantic import ValidationError

from api.calls import Answer, Call
from schemas.decision import Problem

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses after which the same may be sent again."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0
"""Seconds between one try and the next."""


class Refused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: Problem) -> None:
        """Keep the status, and the problem as it was told."""
        super().__init__(f"{status} {problem.type}: {problem.detail}")
        self.status = status
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds to wait before the next try."""

    seconds: float


Trying = Generator["httpx.Request | Pause", "httpx.Response | httpx.TransportError | None", httpx.Response]
"""A call under way: what is to be done next, told what came of it; returns the last response."""


def _trying(request: httpx.Request, tries: int) -> Trying:
    """Yield the request to send, and pauses, until there is an answer that sending again would not better."""
    for number in range(1, tries + 1):
        came = yield request
        last = number == tries
        if isinstance(came, httpx.Response) and (last or not _passing(came)):
            return came
        if isinstance(came, httpx.TransportError) and last:
            raise came
        yield Pause(_pause(came, number))
    raise AssertionError("at least one try is made")


def _passing(came: httpx.Response) -> bool:
    """Return whether sending again may better an answer; 409 says so where the same is being answered just now."""
    return came.status_code in AGAIN or (came.status_code == httpx.codes.CONFLICT and "Retry-After" in came.headers)


def _pause(came: httpx.Response | httpx.TransportError | None, number: int) -> float:
    """Return how long to wait: as long as the server says, else longer each time, never all callers at once."""
    said = came.headers.get("Retry-After", "") if isinstance(came, httpx.Response) else ""
    if said.isdigit():
        return min(float(said), LONGEST_PAUSE)
    longest: float = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads callers out


def _answer(call: Call[Answer], response: httpx.Response) -> Answer:
    """Return what the API answered; raise `Refused` where that is a problem."""
    if response.is_success:
        return call.gives.validate_json(response.content or b"null")
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem(type="about:blank", title=response.reason_phrase, status=response.status_code)
    raise Refused(response.status_code, problem)


def _request(client: httpx.Client | httpx.AsyncClient, call: Call[Any]) -> httpx.Request:
    """Return a call as a request."""
    headers = {} if call.key is None else {"Idempotency-Key": call.key}
    content = None
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = call.body.model_dump_json(exclude_unset=True).encode()
    return client.build_request(call.method, call.path, params=dict(call.query), headers=headers, content=content)


def _headers(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


class Client:
    """Sends calls, and waits for their answers; safe to use from many threads."""

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        tries: int = 3,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Keep where the API is, and the key to call by; `timeout` in seconds of each of so many tries."""
        self._tries = tries
        self._client = httpx.Client(base_url=address, headers=_headers(key), timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def send(self, call: Call[Answer]) -> Answer:
        """Return what a call is answered; raise `Refused` for a problem, `httpx.TransportError` for no answer."""
        trying = _trying(_request(self._client, call), self._tries)
        came: httpx.Response | httpx.TransportError | None = None
        while True:
            try:
                step = trying.send(came)
            except StopIteration as done:
                return _answer(call, done.value)
            came = self._done(step)

    def _done(self, step: httpx.Request | Pause) -> httpx.Response | httpx.TransportError | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._client.send(step)
        except httpx.TransportError as error:
            return error


class AsyncClient:
    """Sends calls, and is awaited."""

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        tries: int = 3,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Keep where the API is, and the key to call by; `timeout` in seconds of each of so many tries."""
        self._tries = tries
        self._client = httpx.AsyncClient(base_url=address, headers=_headers(key), timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def send(self, call: Call[Answer]) -> Answer:
        """Return what a call is answered; raise `Refused` for a problem, `httpx.TransportError` for no answer."""
        trying = _trying(_request(self._client, call), self._tries)
        came: httpx.Response | httpx.TransportError | None = None
        while True:
            try:
                step = trying.send(came)
            except StopIteration as done:
                return _answer(call, done.value)
            came = await self._done(step)

    async def _done(self, step: httpx.Request | Pause) -> httpx.Response | httpx.TransportError | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._client.send(step)
        except httpx.TransportError as error:
            return error
