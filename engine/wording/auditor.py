"""What to tell the auditor: everything, with rule ids, sources, expressions and the values read."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.packs.pack import FollowUp, Tell
from engine.program.types import DATE
from engine.wording.agent import asking, instead
from engine.wording.formats import humanised
from engine.wording.reads import values_read
from engine.wording.signals import signals_seen
from engine.wording.telling import Telling
from schemas.decision import Condition, FiredRule, WhyNot


def auditor_text(telling: Telling) -> str:
    """Return the auditor's text."""
    return "\n".join(line for part in PARTS for line in part(telling) if line)


def heading(telling: Telling) -> Iterator[str]:
    """Yield what was decided, by which release, for when."""
    decision, phrases = telling.decision, telling.phrases
    title = telling.voice.capital(telling.title)
    yield phrases.decided.format(id=decision.id, action=f"{title} ({decision.action})", verdict=decision.verdict)
    yield phrases.on_release.format(pack=decision.pack, release=decision.release)
    as_of = telling.value(telling.answer.asked.inputs.get("as_of"), DATE) or phrases.unknown
    yield phrases.counted.format(now=telling.moment(telling.answer.case.now), as_of=as_of)
    if decision.reasons:
        yield phrases.reasons.format(reasons=", ".join(decision.reasons))
    who = decision.rung or decision.desk
    if who:
        yield phrases.may_decide.format(who=humanised(who))
    if decision.offer is not None:
        yield phrases.offer.format(what="; ".join([telling.offered(), *telling.terms()]))
        yield telling.stands()


def applied(telling: Telling) -> Iterator[str]:
    """Yield the rules that applied, with their sources."""
    if telling.decision.rules:
        yield telling.phrases.rules_applied
    yield from (f"- {'; '.join(_rule(telling, rule))}" for rule in telling.decision.rules)


def _rule(telling: Telling, rule: FiredRule) -> Iterator[str]:
    phrases = telling.phrases
    yield phrases.rule_applied.format(id=rule.id, effect=rule.effect, title=rule.title)
    if rule.source:
        yield phrases.rule_source.format(source=rule.source)
    if rule.because:
        yield phrases.rule_because.format(because=", ".join(rule.because))
    if rule.owner:
        yield phrases.rule_owner.format(owner=rule.owner)


def failed(telling: Telling) -> Iterator[str]:
    """Yield what stood in the way, condition by condition."""
    if telling.decision.why_not:
        yield telling.phrases.rules_failed
    for cause in telling.decision.why_not:
        yield f"- {'; '.join(_cause(telling, cause))}"
        yield from (f"  - {'; '.join(_condition(telling, condition))}" for condition in cause.conditions)
    if telling.yes_from is not None:
        yield telling.phrases.possible_from.format(moment=telling.moment(telling.yes_from))


def _cause(telling: Telling, cause: WhyNot) -> Iterator[str]:
    yield f"{cause.rule}: {cause.title}"
    if cause.source:
        yield telling.phrases.rule_source.format(source=cause.source)
    if cause.waivable_by:
        yield telling.phrases.waivable.format(rung=telling.voice.rung(cause.waivable_by))


def _condition(telling: Telling, condition: Condition) -> Iterator[str]:
    phrases = telling.phrases
    status = {"failed": phrases.status_failed, "unknown": phrases.status_unknown, "held": phrases.status_held}
    yield phrases.condition.format(status=status[condition.status], text=condition.text)
    if condition.seen or condition.needed:
        seen = condition.seen or phrases.unknown
        yield phrases.seen_needed.format(seen=seen, needed=condition.needed)
    if condition.expression:
        yield phrases.expression.format(expression=condition.expression)


def seen(telling: Telling) -> Iterator[str]:
    """Yield the signals that are seen, with the events that make them."""
    lines = [f"- {line}" for line in signals_seen(telling)]
    if lines:
        yield telling.phrases.signals_seen
        yield from lines


def required(telling: Telling) -> Iterator[str]:
    """Yield what had to be done first, and whether it was."""
    if telling.decision.requirements:
        yield telling.phrases.requirements
    for state in telling.decision.requirements:
        phrase = telling.phrases.met if state.met else telling.phrases.unmet
        yield f"- {phrase.format(what=telling.required(state))} ({state.rule})"


def economics(telling: Telling) -> Iterator[str]:
    """Yield what the offer means to both sides."""
    found, phrases = telling.decision.economics, telling.phrases
    if found is not None:
        cost, value, gain = (
            telling.money(amount) or phrases.unknown
            for amount in (found.company_cost, found.customer_value, found.company_gain)
        )
        yield phrases.economics.format(cost=cost, value=value, gain=gain)


def set_aside(telling: Telling) -> Iterator[str]:
    """Yield what was waived, and what was taken from defaults."""
    decision, phrases = telling.decision, telling.phrases
    if decision.waived:
        yield phrases.waived.format(items=", ".join(decision.waived))
    if decision.assumed:
        yield phrases.assumed.format(items=", ".join(decision.assumed))
    if outputs := telling.outputs():
        yield phrases.outputs.format(items="; ".join(outputs))


def told(telling: Telling) -> Iterator[str]:
    """Yield the promises, the expectations and the work for others, by rule."""
    phrases = telling.phrases
    yield from (f"{phrases.promised.format(what=one.say or humanised(one.id))}" for one in telling.decision.promises)
    says = {one.rule: one.say for one in telling.decision.tell}
    for plan, due in telling.noted():
        if isinstance(plan.rule.effect, FollowUp):
            phrase = phrases.passed_on_by if due else phrases.passed_on
            text = phrase.format(to=humanised(plan.rule.effect.to), due=due, what=plan.rule.effect.what)
            yield f"{text} ({plan.rule.id})"
        elif isinstance(plan.rule.effect, Tell) and says.get(plan.rule.id):
            yield f"{phrases.tell_customer.format(text=says[plan.rule.id])} ({plan.rule.id})"


def notes(telling: Telling) -> Iterator[str]:
    """Yield what the rules that applied tell the auditor."""
    plans = tuple(plan for plan in telling.answer.plan.rules if telling.answer.hit(plan) is True)
    for text in telling.sayings((*plans, *(plan for plan, _ in telling.noted())), "auditor"):
        yield telling.phrases.say.format(text=text)


def read(telling: Telling) -> Iterator[str]:
    """Yield the facts that the action's rules read, with their values; personal ones are named alone."""
    lines = [f"- {path}: {value}" for path, value in values_read(telling)]
    if lines:
        yield telling.phrases.values_read
        yield from lines


PARTS = (heading, applied, failed, seen, required, asking, instead, economics, set_aside, told, notes, read)
"""The parts of an auditor's text, in order."""
