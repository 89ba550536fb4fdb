"""Who calls, as their credential says: what they may do, for which packs, by which rungs, for whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from api.access.problems import AgentNotYours, RungNotYours, ScopeMissing
from schemas.request import Agent

Scope = Literal["decide", "record", "approve", "author", "audit", "admin"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
MEANING: Final[dict[Scope, str]] = {
    "decide": "ask for decisions and offers, read them, and say what became of an offer",
    "record": "tell what happened: contacts and other events",
    "approve": "answer what was escalated to a rung that the credential has",
    "author": "check drafts of packs",
    "audit": "read decisions, timelines and promises, and decide again what was decided",
    "admin": "erase customers, and decide by another clock",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A credential that was found good."""

    id: str
    """Of the credential, not of a person: `key:...`, `token:...`, `demo`."""
    scopes: frozenset[Scope]
    roles: frozenset[str] | None = frozenset()
    """The rungs that may be claimed; None: any."""
    packs: frozenset[str] | None = None
    """The packs that there are for the caller; None: all."""
    customer: str | None = None
    """The only customer that there is for the caller; None: all."""
    agent: Agent = field(default_factory=Agent)
    """Who they are, where the credential says so: an id and a team that cannot be claimed otherwise."""

    def must(self, *scopes: Scope) -> None:
        """Raise `ScopeMissing` unless the caller has one of the scopes."""
        if not self.scopes.intersection(scopes):
            raise ScopeMissing(scopes)

    def acting(self, given: Agent) -> Agent:
        """Return who acts: what is said of them, completed by what the credential says.

        Raises `RungNotYours` or `AgentNotYours` where a request claims what its credential does not give.
        """
        if given.role is not None and self.roles is not None and given.role not in self.roles:
            raise RungNotYours
        return Agent(
            role=given.role or self._only_role(),
            id=_bound(self.agent.id, given.id),
            team=_bound(self.agent.team, given.team),
        )

    def sees(self, pack: str | None, customer: str | None) -> bool:
        """Return whether something of a pack, about a customer, is there for the caller at all."""
        return self.has_pack(pack) and (self.customer is None or customer == self.customer)

    def has_pack(self, pack: str | None) -> bool:
        """Return whether a pack, be there one or not, is there for the caller."""
        return self.packs is None or pack in self.packs

    def has_rung(self, rungs: Collection[str]) -> bool:
        """Return whether the caller has one of these rungs."""
        return self.roles is None or not self.roles.isdisjoint(rungs)

    def _only_role(self) -> str | None:
        """Return the rung of a credential that has one; of one that has several, the request has to say which."""
        return next(iter(self.roles)) if self.roles is not None and len(self.roles) == 1 else None


def _bound(own: str | None, given: str | None) -> str | None:
    """Return who or what a request names, which must be what the credential is bound to, if it is."""
    if own is not None and given is not None and given != own:
        raise AgentNotYours
    return own or given


ANYBODY: Final = Caller("demo", frozenset(SCOPES), roles=None)
"""Whoever calls a demonstration."""
