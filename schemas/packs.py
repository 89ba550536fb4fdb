"""What the decision API tells of packs, and what it is sent to check one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue

from schemas.frozen import Frozen
from schemas.questions import Sent

FileName = Annotated[str, Field(pattern=r"^(scenarios/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.yaml$", max_length=120)]
"""A policy file, or one of scenarios: a name that stays within its folder."""
MOST_FILES = 200


class Finding(Frozen):
    """Something that is wrong with a pack, or that may be."""

    file: str = Field(description="Its pack's folder, and its name in there.")
    line: int
    column: int
    severity: Literal["error", "warning"]
    code: str
    message: str
    help: str


class PackListed(Frozen):
    """A pack that decides."""

    pack: str
    title: str
    owner: str = Field(description="Who answers for it; empty where nobody is named.")
    release: str = Field(description="The hash of what it says, all that it uses included.")
    since: AwareDatetime | None = Field(description="When this release went live.")


class Packs(Frozen):
    """The packs that are there for the caller, by name."""

    packs: tuple[PackListed, ...]


class ActionTold(Frozen):
    """What can be asked for."""

    action: str
    title: str
    description: str
    kind: str
    amount: Literal["money", "int", "none"] = Field(description="What an ask for it may have as `amount`.")
    unit: str = Field(description="What an `int` counts.")
    proactive: bool = Field(description="Whether it is offered without being asked for.")
    inputs: dict[str, JsonValue] = Field(description="The JSON Schema of what an ask has beside action and amount.")
    authority: tuple[str, ...] = Field(description="Who grants it by themselves, and how much, in words.")


class PackTold(PackListed):
    """A pack: who it is for, what can be asked, who decides."""

    currency: str
    language: str
    timezone: str
    rungs: tuple[str, ...] = Field(description="The ladder of authority, lowest first.")
    desks: tuple[str, ...] = Field(description="Who takes cases over, off the ladder.")
    actions: tuple[ActionTold, ...]
    wrong: tuple[Finding, ...] | None = Field(
        None,
        description="What is wrong with newer files, which are not live therefore; for authors and administrators.",
    )


class RuleTold(Frozen):
    """A rule in plain words."""

    id: str
    title: str
    effect: str = Field(description="What it does where it holds.")
    words: tuple[str, ...] = Field(description="When it holds, what it needs first, where it is from.")
    actions: tuple[str, ...] = Field(description="The actions that it is about.")
    owner: str
    reason: str
    source: str = Field(description="The sentence of written policy that it encodes.")
    because: tuple[str, ...] = Field(description="The insights and decisions that gave rise to it.")


class Rules(Frozen):
    """The rules of a pack, in its order."""

    pack: str
    release: str
    rules: tuple[RuleTold, ...]


class Draft(Sent):
    """The files of a pack that is not live, all of them; the packs that it uses are there already."""

    files: dict[FileName, str] = Field(
        min_length=1, max_length=MOST_FILES, description="Text by name: `rules.yaml`, or `scenarios/returns.yaml`."
    )


class Checked(Frozen):
    """What is to say about a draft, as `leeway check` has it; nothing of it is kept."""

    fine: bool = Field(description="Whether it could go live: warnings are no obstacle.")
    findings: tuple[Finding, ...]
