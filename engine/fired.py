"""How a decision names the rules that applied."""

from __future__ import annotations

from typing import Final

from engine.language.packs.pack import Allow, Cap, Deny, Effect, Floor, FollowUp, OnlyRequire, Pack, Refer, Tell
from schemas.decision import FiredRule
from schemas.frozen import made

EFFECTS: Final[dict[type[Effect], str]] = {
    Allow: "allow",
    Deny: "deny",
    Cap: "cap",
    Floor: "floor",
    Refer: "refer",
    Tell: "tell",
    FollowUp: "follow_up",
    OnlyRequire: "require",
}


def fired_rules(pack: Pack) -> dict[str, FiredRule]:
    """Return every rule by id, as decisions name it."""
    return {
        rule.id: made(
            FiredRule,
            id=rule.id,
            title=rule.title,
            effect=EFFECTS[type(rule.effect)],
            source=rule.source,
            because=rule.because,
            owner=rule.owner,
        )
        for rule in pack.rules
    }
