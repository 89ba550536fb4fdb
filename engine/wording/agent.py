"""What to tell the agent: what may be done now, who can say yes, why not, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from engine.budget_causes import BUDGET
from engine.language.packs.pack import FollowUp
from engine.why_not import AUTHORITY
from engine.wording.formats import humanised
from engine.wording.signals import signal_question
from engine.wording.telling import Telling
from schemas.decision import WhyNot


def agent_text(telling: Telling) -> str:
    """Return the agent's text, a heading first, then what bears on the next step."""
    return "\n".join(line for part in PARTS for line in part(telling) if line)


def heading(telling: Telling) -> Iterator[str]:
    """Yield the verdict on what, and who can say yes."""
    answer, phrases = telling.answer, telling.phrases
    match answer.verdict:
        case "approve":
            yield phrases.heads_approve.format(what=telling.offered())
        case "counter":
            yield phrases.heads_counter.format(what=telling.offered())
        case "decline":
            phrase = phrases.heads_final if answer.final else phrases.heads_decline
            yield phrase.format(what=telling.wanted())
        case "escalate" if answer.desk:
            yield phrases.heads_desk.format(desk=telling.voice.desk(answer.desk), what=telling.wanted())
        case "escalate" if answer.escalated_to:
            yield phrases.heads_escalate.format(rung=telling.voice.rung(answer.escalated_to), what=telling.wanted())
        case "escalate":
            yield phrases.heads_undecided.format(what=telling.wanted())
        case _:
            yield phrases.heads_ask.format(what=telling.wanted())


def authority(telling: Telling) -> Iterator[str]:
    """Yield what this agent may grant now, where it is not the whole answer."""
    answer = telling.answer
    if answer.verdict in ("counter", "escalate", "ask") and telling.counted() and answer.within > 0:
        yield telling.phrases.grant_now.format(amount=telling.amount(answer.within))
    if terms := telling.terms():
        yield telling.voice.sentence("; ".join(terms))
    yield telling.stands()


def causes(telling: Telling) -> Iterator[str]:
    """Yield why it is not a yes, and from when it would be."""
    if telling.decision.why_not:
        yield telling.phrases.why_not
        yield from (f"- {telling.voice.sentence(cause_text(telling, cause))}" for cause in telling.decision.why_not)
    if telling.yes_from is not None:
        yield telling.phrases.possible_from.format(moment=telling.moment(telling.yes_from))


def cause_text(telling: Telling, cause: WhyNot) -> str:
    """Return one cause of a no: its title, the conditions, and who may waive it."""
    conditions = telling.voice.formats.listed([one.text for one in cause.conditions]) if cause.conditions else ""
    if any(mark in one.text for one in cause.conditions for mark in ";:,"):
        conditions = "; ".join(one.text for one in cause.conditions)
    text = telling.phrases.cause.format(title=cause.title, conditions=conditions) if conditions else cause.title
    ruled = cause.rule not in (AUTHORITY, BUDGET) and any(one.status != "unknown" for one in cause.conditions)
    if cause.waivable_by and ruled:
        waivable = telling.phrases.waivable.format(rung=telling.voice.rung(cause.waivable_by))
        return f"{text}. {telling.voice.capital(waivable)}"
    return text


def first(telling: Telling) -> Iterator[str]:
    """Yield what must be done before it."""
    unmet = [state for state in telling.decision.requirements if not state.met]
    if telling.answer.desk or telling.answer.undecided:
        return
    if unmet:
        yield telling.phrases.first_do
        yield from (f"- {telling.required(state)}" for state in unmet)


def asking(telling: Telling) -> Iterator[str]:
    """Yield the questions, those that settle it alone marked."""
    if telling.decision.questions:
        yield telling.phrases.ask_for
    for question in telling.decision.questions:
        text = question.question or signal_question(question.fact, telling)
        text = text or telling.phrases.what_is.format(fact=telling.fact(question.fact))
        yield "- " + (telling.phrases.decisive.format(question=text) if question.decisive else text)


def instead(telling: Telling) -> Iterator[str]:
    """Yield what else may be offered, and whether it is good for both sides."""
    if telling.decision.alternatives:
        yield telling.phrases.instead_of_it
    for one in telling.decision.alternatives:
        marks = [telling.phrases.mutual] if one.economics.mutual else []
        if one.needs:
            names = telling.voice.formats.listed([humanised(name) for name in one.needs])
            marks.append(telling.phrases.needs_inputs.format(names=names))
        yield f"- {telling.alternative(one)}" + (f" ({'; '.join(marks)})" if marks else "")


def notes(telling: Telling) -> Iterator[str]:
    """Yield what the rules that decided tell the agent."""
    answer = telling.answer
    against = {cause.rule for cause in telling.decision.why_not}
    giving = (*answer.plan.allows, *answer.plan.floors) if answer.granted > 0 else ()
    limiting = (*answer.plan.denies, *answer.plan.caps, *answer.plan.refers)
    plans = tuple(plan for plan in giving if answer.hit(plan) is True)
    plans += tuple(plan for plan in limiting if plan.rule.id in against)
    noted = tuple(plan for plan, _ in telling.noted())
    own = telling.voice.say(answer.plan.say, "agent", telling.values) if answer.verdict == "approve" else ""
    for text in (own, *telling.sayings((*plans, *noted), "agent")):
        if text:
            yield telling.phrases.say.format(text=text)


def to_tell(telling: Telling) -> Iterator[str]:
    """Yield the expectations to set and the promises made."""
    promised, told = telling.decision.promises, telling.decision.tell
    said = [*(one.say for one in promised), *(one.say for one in told)]
    yield from (telling.phrases.tell_customer.format(text=text) for text in said if text)


def follow_ups(telling: Telling) -> Iterator[str]:
    """Yield the work for others."""
    for plan, due in telling.noted():
        if isinstance(plan.rule.effect, FollowUp):
            phrase = telling.phrases.passed_on_by if due else telling.phrases.passed_on
            yield phrase.format(to=humanised(plan.rule.effect.to), due=due, what=plan.rule.effect.what)


PARTS = (heading, authority, causes, first, asking, instead, notes, to_tell, follow_ups)
"""The parts of an agent's text, in order."""
