"""What the readers' texts are made of: one explained answer, its notes and amounts in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.answer import Answer
from engine.backends.reference import Reference
from engine.offer import stands_until
from engine.program.plan import NOTES, OFFER, OUTPUTS, RulePlan
from engine.program.types import TIMESTAMP, Type
from engine.why_not import amount_text
from engine.wording.formats import humanised
from engine.wording.paths import called
from engine.wording.phrases import Phrases
from engine.wording.voice import Voice
from schemas.decision import Alternative, Decision, RequirementState


@dataclass(frozen=True, slots=True)
class Telling:
    """One decision with the answer it reads, and the voice to tell it in; `yes_from` is a moment of the engine."""

    answer: Answer
    decision: Decision
    values: Reference
    voice: Voice
    yes_from: int | None

    @property
    def phrases(self) -> Phrases:
        """The phrases of the pack's language."""
        return self.voice.phrases

    @property
    def title(self) -> str:
        """The action's title inside a sentence."""
        return self.voice.formats.language.within(self.answer.plan.action.title)

    def amount(self, amount: int) -> str:
        """Return an amount of the action in words."""
        return amount_text(self.answer, amount, self.voice)

    def counted(self) -> bool:
        """Return whether the action has an amount."""
        return self.answer.plan.action.amount != "none"

    def offered(self) -> str:
        """Return the action's title, with the amount of the offer where there is one."""
        what = self.voice.capital(self.title)
        return f"{what}, {self.amount(self.answer.granted)}" if self.counted() and self.answer.granted > 0 else what

    def wanted(self) -> str:
        """Return the action's title, with the amount asked for where one was."""
        what = self.voice.capital(self.title)
        return f"{what}, {self.amount(self.answer.asked.amount)}" if self.answer.asked.amount else what

    def sayings(self, plans: tuple[RulePlan, ...], reader: str) -> list[str]:
        """Return what rules say to a reader, each once."""
        found = (self.voice.say(plan.say, reader, self.values) for plan in plans)
        return list(dict.fromkeys(text for text in found if text))

    def noted(self) -> Iterator[tuple[RulePlan, str]]:
        """Yield the notes that apply, each with its due day in words."""
        notes = self.answer.stage(NOTES)
        for plan in self.answer.plan.notes:
            if notes[plan.index]:
                due = "" if plan.due is None else self.value(notes[plan.index + 1], plan.due.type)
                yield plan, due

    def value(self, value: object, type_: Type) -> str:
        """Return a value in words."""
        return self.voice.formats.value(value, type_)

    def terms(self) -> list[str]:
        """Return the known terms of the offer, each with its name."""
        return self._named(self.answer.plan.terms, self.answer.stage(OFFER)) if self.answer.granted > 0 else []

    def stands(self) -> str:
        """Return until when the offer is good; nothing where the action does not say."""
        day = stands_until(self.answer)
        return "" if day is None else self.phrases.offer_stands.format(day=self.voice.formats.day(day))

    def outputs(self) -> list[str]:
        """Return the known outputs, each with its name."""
        return self._named(self.answer.plan.outputs, self.answer.stage(OUTPUTS))

    def _named(self, types: tuple[tuple[str, Type], ...], values: tuple[object, ...]) -> list[str]:
        phrase = self.phrases.term
        return [
            phrase.format(name=humanised(name), value=self.value(value, type_))
            for (name, type_), value in zip(types, values, strict=False)
            if value is not None
        ]

    def alternative(self, alternative: Alternative) -> str:
        """Return another action's title with what it comes to."""
        amount = alternative.amount
        if amount is None:
            return alternative.title
        numbered = (
            f"{self.voice.formats.number(amount)} {humanised(alternative.unit)}".strip()
            if isinstance(amount, int)
            else ""
        )
        return self.phrases.with_limit.format(seen=alternative.title, limit=numbered or self.money(str(amount)))

    def money(self, amount: str | None) -> str:
        """Return an amount of money that programs write as a decimal, in words; nothing for none."""
        if amount is None:
            return ""
        return self.voice.formats.money(int(Decimal(amount).scaleb(self.voice.formats.digits)))

    def required(self, state: RequirementState) -> str:
        """Return what must be done first."""
        phrases = self.phrases
        match state.kind:
            case "verify":
                return phrases.verify.format(what=self.fact(state.what))
            case "confirm":
                return phrases.confirm.format(what=self.voice.formats.language.within(state.what).rstrip("."))
            case "offer":
                what = self.alternative(state.offer) if state.offer else humanised(state.what)
                return phrases.offer_first.format(what=what)

    def fact(self, path: str) -> str:
        """Return what a fact is called."""
        return called(tuple(path.replace("[", ".[").split(".")), self.voice.findings.clauses.nouns).text

    def moment(self, moment: int) -> str:
        """Return a moment in words."""
        return self.value(moment, TIMESTAMP)
