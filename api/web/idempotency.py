"""Requests that are sent again with their `Idempotency-Key`: done once, and answered the same.

No answer is kept, for it would outlive the erasure of whom it is about. A request that comes again is answered again,
at the moment and with the ids of the first time, so that all it writes is in the ledger already.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from flask import Response, g, request

from api.ledger.chain import encoded
from api.ledger.master import Master
from api.ledger.problems import RETRY_AFTER
from api.serving.repeating import OtherRequest, Repeats, Turn, UnderWay, Unkept
from api.web.operations import caller, now
from api.web.problems import Refusal, problem_with
from engine.memory.moments import datetime_of, moment_at

LOG: Final = logging.getLogger(__name__)
USE: Final = "requests"
"""What the key that hides requests is derived for."""
FORM: Final = re.compile(r"[!-~]{1,255}")
SOON: Final = 1
"""Seconds after which it is worth sending a request again that is being answered."""


@contextmanager
def open_requests(ledger: str, master: Master) -> Iterator[Requests]:
    """Yield what remembers the requests that write to a ledger; nothing is opened before the first of them."""
    repeats = Repeats(ledger)
    try:
        yield Requests(repeats, master.derived(USE))
    finally:
        repeats.close()


class Requests:
    """Remembers which requests were sent with an `Idempotency-Key`."""

    def __init__(self, repeats: Repeats, hiding: bytes) -> None:
        """Keep where they are remembered, and the key that makes hashes of them that tell nothing."""
        self._repeats, self._hiding = repeats, hiding

    def once(self, key: str, answer: Callable[[], Response]) -> Response:
        """Return what the present request is answered.

        `g.now` and `g.seed` are set to what they were when it was first sent with this key by this caller, so that
        answering it again writes nothing new. Another body, method or address under the key is a `Refusal` 422; one
        that is being answered just now 409. What was refused the first time may be sent again, and be another request.
        """
        if not FORM.fullmatch(key):
            help = "send 1 to 255 visible ASCII characters, best a new UUID"
            raise Refusal(400, "the `Idempotency-Key` is not one", help, "wrong-idempotency-key")
        turn = self._begun(key)
        g.now, g.repeated = datetime_of(turn.first), turn.number > 1
        g.seed = self._hash(turn.key, turn.first).hex()[:32]
        status = 500
        try:
            response = answer()
            status = response.status_code
            return response
        except Exception as problem:
            status = problem_with(problem).status
            raise
        finally:
            self._ended(turn, keep=turn.number > 1 or not 400 <= status < 500)

    def _begun(self, key: str) -> Turn:
        """Return the turn to answer the present request; raise `Refusal` where there is none."""
        sent = self._hash(caller().id, key)
        said = self._hash(request.method, request.path, request.query_string, request.get_data(cache=True))
        try:
            return self._repeats.begin(sent, said, moment_at(now()))
        except OtherRequest:
            help = "give each request a key of its own"
            raise Refusal(422, "another request was sent with this `Idempotency-Key`", help, "key-reused") from None
        except UnderWay:
            help = "send it again a moment later"
            raise Refusal(409, "the same request is being answered just now", help, "under-way", SOON) from None
        except Unkept:
            help = "send it again, with the same key"
            raise Refusal(
                503, "it cannot be kept now that this was sent", help, "requests-unkept", RETRY_AFTER
            ) from None

    def _ended(self, turn: Turn, keep: bool) -> None:
        """Say that the request is answered; what it wrote is in the ledger, whatever becomes of this."""
        try:
            self._repeats.end(turn, keep)
        except Unkept as problem:
            LOG.warning("a request was answered, and counts as being answered still", exc_info=problem)

    def _hash(self, *parts: str | int | bytes) -> bytes:
        return hmac.digest(self._hiding, b"".join(map(encoded, parts)), "sha256")
