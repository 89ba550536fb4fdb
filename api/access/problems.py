"""Why a caller is not let in, or may not do what they want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class AccessProblem(Exception):
    """Anything that is refused for who asks: 401 for who is not known, 403 for who may not, 503 if nobody can tell."""

    code: ClassVar[str]
    title: ClassVar[str] = "This is not yours to do"
    status: ClassVar[int] = 403
    help: ClassVar[str] = ""


class Unauthenticated(AccessProblem):
    """No credential, or one that is not good; which it is, is not told."""

    code = "unauthenticated"
    title = "Nobody is known by this credential"
    status = 401
    help = "send `Authorization: Bearer` with a key from `leeway keys create`, or a token of the issuer"

    def __init__(self) -> None:
        super().__init__("the request has no credential that is good now")


class IssuerUnavailable(AccessProblem):
    """No key of the issuer could be had, so that no token can be told from another."""

    code = "issuer-unavailable"
    title = "Tokens cannot be checked now"
    status = 503
    help = "send the same again later, or call with an API key"
    retry_after: ClassVar[int] = 30
    """Seconds after which it is worth trying again."""

    def __init__(self) -> None:
        super().__init__("the keys of the issuer cannot be had now")


class ScopeMissing(AccessProblem):
    """The credential lacks a scope."""

    code = "scope-missing"
    help = "ask who gives out keys for one with this scope"

    def __init__(self, scopes: Sequence[str]) -> None:
        """Name the scopes, one of which would do."""
        super().__init__(f"this needs the scope {' or '.join(f'`{one}`' for one in scopes)}")


class RungNotYours(AccessProblem):
    """The request claims a rung that its credential does not have."""

    code = "rung-not-yours"
    help = "leave `agent.role` out, or name a rung that the credential has"

    def __init__(self) -> None:
        super().__init__("the credential does not have the rung that `agent.role` claims")


class PacksMissing(AccessProblem):
    """What is wanted reaches into packs that there are not for the credential."""

    code = "packs-missing"
    help = "ask who gives out keys for one that is for all packs"

    def __init__(self) -> None:
        super().__init__("this reaches into all packs, and the credential is for some only")


class AgentNotYours(AccessProblem):
    """The request speaks for somebody else than its credential."""

    code = "agent-not-yours"
    help = "leave `agent.id` and `agent.team` out"

    def __init__(self) -> None:
        super().__init__("the credential belongs to another agent or team than the request names")


class NotForYou(AccessProblem):
    """There is no such thing for this caller: there is none, or it is another tenant's or customer's."""

    code = "not-found"
    title = "There is no such thing"
    status = 404

    def __init__(self, what: str) -> None:
        """Say what there is none of."""
        super().__init__(f"there is no such {what}")
