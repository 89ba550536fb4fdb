"""What to tell the customer: only what is theirs to know, as a person would say it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.packs.pack import Floor, Tell
from engine.program.plan import RulePlan
from engine.wording.telling import Telling

FEW = 3
"""How many alternatives a customer is told of."""


def customer_text(telling: Telling) -> str:
    """Return the customer's text: the verdict, what is on offer, what was promised, what to expect."""
    return "\n".join(dict.fromkeys(text for text in _parts(telling) if text))


def _parts(telling: Telling) -> Iterator[str]:
    match telling.decision.verdict:
        case "approve":
            yield from granted(telling)
        case "counter":
            yield from countered(telling)
        case "escalate":
            yield from handed_over(telling)
        case "decline":
            yield from refused(telling)
        case "ask":
            yield from asking(telling)
    yield from alongside(telling)


def granted(telling: Telling) -> Iterator[str]:
    """Yield the yes, what to offer first, and the promises."""
    said = telling.sayings(speaking(telling), "customer")[:1] or _own(telling)
    if said:
        yield said[0]
    else:
        phrases = telling.phrases
        phrase = phrases.can_do_amount if telling.counted() else phrases.can_do
        yield phrase.format(title=telling.title, amount=telling.amount(telling.answer.granted))
        yield from (telling.voice.sentence(term) for term in telling.terms())
    for state in telling.decision.requirements:
        if state.kind == "offer" and not state.met and state.offer is not None:
            yield telling.phrases.first_offer.format(title=telling.alternative(state.offer))
    yield from (promise.say for promise in telling.decision.promises)
    yield telling.stands()


def speaking(telling: Telling) -> tuple[RulePlan, ...]:
    """Return the rules that give the granted amount, those that give enough first."""
    answer = telling.answer
    giving = [plan for plan in (*answer.plan.floors, *answer.plan.allows) if answer.hit(plan) is True]
    amounts = {plan: _amount(telling, plan) for plan in giving}
    first = [plan for plan in giving if amounts[plan] >= answer.granted]
    return tuple(sorted(first or giving, key=lambda plan: (amounts[plan], isinstance(plan.rule.effect, Floor))))


def _amount(telling: Telling, plan: RulePlan) -> int:
    amount = 1 if plan.amount is None else telling.values.value(plan.amount)
    return amount if isinstance(amount, int) else 0


def _own(telling: Telling) -> list[str]:
    said = telling.voice.say(telling.answer.plan.say, "customer", telling.values)
    return [said] if said else []


def countered(telling: Telling) -> Iterator[str]:
    """Yield what can be given instead of what was asked."""
    amount, asked = telling.amount(telling.answer.granted), telling.answer.asked.amount
    phrases = telling.phrases
    yield from _limits(telling)
    yield (
        phrases.counter_asked.format(asked=telling.amount(asked), amount=amount)
        if asked
        else phrases.counter.format(amount=amount)
    )
    yield telling.stands()
    yield from instead(telling)


def _limits(telling: Telling) -> Iterator[str]:
    """Yield what the caps that cut the amount say."""
    cutting = {cause.rule for cause in telling.decision.why_not}
    plans = tuple(plan for plan in telling.answer.plan.caps if plan.rule.id in cutting)
    yield from telling.sayings(plans, "customer")[:1]


def handed_over(telling: Telling) -> Iterator[str]:
    """Yield who takes over, and what can be given at once."""
    answer, phrases = telling.answer, telling.phrases
    against = answer.denying() if not answer.desk else answer.plan.refers
    said = telling.sayings(tuple(plan for plan in against if answer.hit(plan) is True), "customer")
    if said:
        yield said[0]
    elif answer.desk:
        yield phrases.hand_over.format(desk=telling.voice.desk(answer.desk))
    elif answer.escalated_to:
        yield phrases.hand_over_rung.format(rung=telling.voice.rung(answer.escalated_to))
    else:
        yield phrases.look_into
    if telling.counted() and answer.within > 0 and not answer.undecided:
        yield phrases.now_and_rest.format(amount=telling.amount(answer.within))
        yield telling.stands()


def refused(telling: Telling) -> Iterator[str]:
    """Yield the no, from when it would be a yes, and what can be offered instead."""
    answer, phrases = telling.answer, telling.phrases
    denying = answer.denying()
    said = telling.sayings(denying, "customer")[:1]
    if not denying:
        said = [*_limits(telling)]
    said.append(telling.voice.say(answer.plan.otherwise_say, "customer", telling.values))
    no = phrases.cannot_ever if answer.final else phrases.cannot_do
    yield next(filter(None, said), no.format(title=telling.title))
    if telling.yes_from is not None:
        yield phrases.possible_from.format(moment=telling.moment(telling.yes_from))
    yield from instead(telling)


def instead(telling: Telling) -> Iterator[str]:
    """Yield what else can be done: what the policy prefers, and what is good for both sides now."""
    within = telling.voice.formats.language.within
    fitting = [
        one for one in telling.decision.alternatives if one.preferred or (one.economics.mutual and not one.needs)
    ]
    titles = [within(telling.alternative(one)) for one in fitting[:FEW]]
    if titles:
        yield telling.phrases.instead_offer.format(items=telling.voice.formats.listed(titles, "or"))


def asking(telling: Telling) -> Iterator[str]:
    """Yield what only the customer can say; what else is missing is for the agent to find out."""
    questions = [one.question for one in telling.decision.questions if one.fact.startswith("ask.") and one.question]
    yield telling.phrases.to_answer if questions else telling.phrases.look_up
    yield from (f"- {question}" for question in questions)


def alongside(telling: Telling) -> Iterator[str]:
    """Yield what the customer should hear besides."""
    offered = telling.answer.verdict in ("approve", "counter")
    plans = tuple(plan for plan, _ in telling.noted() if offered or not _qualifies(plan))
    yield from telling.sayings(plans, "customer")


def _qualifies(plan: RulePlan) -> bool:
    """Return whether a note says what an offer does not include, which is of no use without one."""
    return isinstance(plan.rule.effect, Tell) and plan.rule.effect.about == "cannot"
