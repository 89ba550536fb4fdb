"""English phrases and grammar."""

from __future__ import annotations

import re
from typing import Final

from engine.wording.language import Language
from engine.wording.phrases import Phrases

PHRASES: Final = Phrases(
    yes="yes",
    no="no",
    none="none",
    nothing="none",
    moment="{date} at {time}",
    now="now",
    today="today",
    business_day="{count} business day",
    business_days="{count} business days",
    the="the {name}",
    owned="the {owner}'s {name}",
    it="it",
    role="your role",
    day_that_counts="the day that counts",
    amount_asked="the amount asked for",
    earlier_decisions="earlier decisions",
    number_of="the number of {items}",
    number_counted="the number of {items} that count",
    total_of="the total {name} of the {items}",
    smallest_of="the smallest of {items}",
    largest_of="the largest of {items}",
    plus="{left} plus {right}",
    minus="{left} less {right}",
    times="{left} times {right}",
    divided="{left} divided by {right}",
    remainder="what is left of {left} divided by {right}",
    after="{count} after {moment}",
    rounded="{left} rounded to {right}",
    length="the length of {noun}",
    equals="{noun} is {value}",
    differs="{noun} is not {value}",
    titled="{title}: {value}",
    titled_not="{title}: not {value}",
    instead="{seen}, not {needed}",
    includes="{noun} includes {value}",
    lacks="{noun} does not include {value}",
    mentions="{noun} matches “{value}”",
    mentions_not="{noun} does not match “{value}”",
    missing_value="there is no value for {noun}",
    at_most="at most {limit}",
    less_than="less than {limit}",
    at_least="at least {limit}",
    more_than="more than {limit}",
    until="on or before {limit}",
    before="before {limit}",
    since="on or after {limit}",
    later_than="after {limit}",
    anything_but="anything but {limit}",
    limit_at_most="the limit is {limit}",
    limit_less_than="it has to be less than {limit}",
    limit_at_least="it takes at least {limit}",
    limit_more_than="it takes more than {limit}",
    limit_when="it has to be {needed}",
    limit_nothing="it has to be {limit}",
    limit_named="{limit} ({noun})",
    ago="{span} ago",
    ahead="in {span}",
    on="on {date}",
    happened="{event} {when}",
    lies="{noun} is {when}",
    noun_happened="{noun} was {when}",
    there_is_no="there is no {item} where {clause}",
    there_are_none="there are no {items}",
    there_is="there is {item} where {clause}",
    there_is_one="there is exactly one {item} where {clause}",
    for_every="for every {item}, {clause}",
    item="{item} {number}",
    item_called="{item} {number} ({name})",
    in_item="{item}: {text}",
    more_items="and {count} more",
    both="{left}, and {right}",
    any_would_do="any one of these would do, but {items}",
    some_needed="at least {count} of these are needed, but {items}",
    either="{left} or {right}",
    needed_of="at least {count} of these: {items}",
    not_so="it is not so that {clause}",
    needs="only when {clause}",
    here="{text} (here: {seen})",
    not_known="{noun} is not known",
    titled_not_known="not known: {title}",
    cannot_tell="it cannot be worked out whether {clause}",
    switched_off="this is switched off",
    with_limit="{seen} ({limit})",
    standalone="{seen}; {limit}",
    above_rung="{rung} may grant {within} of this",
    above_authority="{asked} was asked for; {limit}",
    authority_title="Authority",
    no_role="somebody without a role",
    nothing_allows="no rule allows this",
    may_go_higher="{rung} may go that high",
    no_one_higher="nobody may go that high",
    cap_limit="the cap is {limit}",
    allow_limit="the most is {limit}",
    asked="{amount} was asked for",
    can_do="Yes, I can do that for you: {title}.",
    can_do_amount="Yes, I can do that for you: {title}, {amount}.",
    cannot_do="I'm sorry, I can't do this: {title}.",
    cannot_ever="I'm sorry, this isn't possible, whoever you ask: {title}.",
    counter="What I can offer is {amount}.",
    counter_asked="I can't go as high as {asked}, but I can offer {amount}.",
    hand_over="I'm passing this on to the {desk}, who will take it from here.",
    hand_over_rung="I need a yes from {rung} for this, so I'm asking for it now.",
    now_and_rest="I can give you {amount} right away.",
    look_into="I need a colleague to look at this with me before I can give you an answer.",
    look_up="I need to look up a few details before I can give you an answer.",
    to_answer="To give you an answer, I need to know:",
    what_is="What about this: {fact}?",
    possible_from="It will be possible from {moment}.",
    instead_offer="What I can offer instead: {items}.",
    first_offer="Before we do that, I can also offer you this: {title}.",
    term="{name}: {value}",
    heads_approve="Approve: {what}.",
    heads_counter="Counter-offer: {what}.",
    heads_decline="Decline: {what}.",
    heads_final="Decline, and nobody may say yes: {what}.",
    heads_escalate="Ask {rung}: {what}.",
    heads_desk="Hand over to the {desk}: {what}.",
    heads_undecided="A person must look at this: {what}. Something could not be worked out.",
    heads_ask="Not clear yet: {what}.",
    heads_nobody="Nobody on the ladder may say yes.",
    grant_now="You may grant {amount} now.",
    why_not="Why not:",
    cause="{title}: {conditions}",
    waivable="{rung} may waive this",
    first_do="Before you do it:",
    verify="check {what}",
    confirm="make sure that {what}",
    offer_first="offer this first: {what}",
    ask_for="Ask:",
    decisive="{question} (this settles it)",
    instead_of_it="You can offer instead:",
    mutual="good for both sides",
    needs_inputs="once you know: {names}",
    say="Note: {text}",
    tell_customer="Tell the customer: {text}",
    passed_on="For the {to}: {what}",
    passed_on_by="For the {to}, by {due}: {what}",
    promised="You promise: {what}",
    promised_by="You promise: {what}, by {due}",
    by="by {due}",
    without_limit="any amount",
    decided="Decision {id}: {action}, {verdict}.",
    on_release="Pack {pack}, release {release}.",
    counted="Decided for {now}; the day that counts is {as_of}.",
    verdict="Verdict: {verdict}.",
    reasons="Reasons: {reasons}.",
    may_decide="Who can say yes: {who}.",
    rules_applied="Rules that applied:",
    rule_applied="{id} ({effect}): {title}",
    rule_source="source: {source}",
    rule_because="because of: {because}",
    rule_owner="owner: {owner}",
    rules_failed="What stood in the way:",
    condition="{status}: {text}",
    status_failed="failed",
    status_unknown="unknown",
    status_held="held",
    expression="expression: {expression}",
    seen_needed="seen: {seen}; needed: {needed}",
    offer="Offer: {what}.",
    outputs="Outputs: {items}.",
    economics="Cost to the company: {cost}; value to the customer: {value}; gain for the company: {gain}.",
    waived="Waived: {items}.",
    assumed="Taken from defaults: {items}.",
    values_read="Values read:",
    personal="personal, not shown",
    unknown="not known",
    requirements="Required first:",
    met="done: {what}",
    unmet="to do: {what}",
    questions="Questions:",
    alternatives="Alternatives:",
    follow_ups="Follow-ups:",
    promises="Promises:",
    expectations="Told to the customer:",
)

AUXILIARY: Final = re.compile(r"\b(is|are|was|were|has been|have been|had been|can|may|must|will|should|could)\b")
PERFECT: Final = re.compile(r"\b(has|have) (?=(?!been\b)(?:[a-z]+(?:ed|en)|had|told|paid|made|cost|sent|left|lost|met|bought|kept|held|put)\b)")
POSSESSIVE: Final = re.compile(r"\bhas\b")
UNSAFE: Final = re.compile(
    r",|;|\b(and|or|but|not|no|never|nobody|none|nothing|every|each|all|any|both|who|which|that|whose|if|when|because|only|either|some|"
    r"somebody|someone|something|at least|at most)\b|n't\b"
)
NEGATIVE: Final = re.compile(r"\b(no|not|never|nobody|none|nothing|nowhere|neither|nor)\b|n't\b")
PARTICIPLE: Final = re.compile(
    r"^(?:[a-z]+ )?(?:[a-z]+ed|bought|sent|made|paid|sold|taken|begun|given|broken|lost|put|held|built|seen|met|written|chosen|drawn|fixed)$"
)
ADJECTIVE: Final = re.compile(
    r"^(?:[a-z]+ )*(?:[a-z]+(?:ed|able|ible)|open|active|new|valid|lost|lost or stolen|broken|flexible|free|full|late|live|paid|sold|known|unknown|"
    r"ready|safe|urgent|vulnerable|loyal|complete|ours|eligible|present|absent|final|flown|taken|stolen|sent)$"
)
PREPOSITION: Final = re.compile(
    r" (?:of|in|for|with|from|at|on|to|past|by|about|after|before|since|between|inside|under|over|per|within|without|as)\b"
)
OTHER_PHRASE: Final = re.compile(
    r"^(?:what|how|when|since|whether|who|whose|where|why|which|if|as|a|an|our|my|your|its|their|no|any|every|all|it|there|passed|not)\b|[,:(/]"
)
SUFFIX: Final = re.compile(r" (at|on|date|time|day)$")
KEPT_UPPER: Final = re.compile(r"^(I\b|[A-Z][A-Z0-9])")


def negated(clause: str) -> str | None:
    """Return the clause with its verb negated; None where more than one verb or a word of quantity makes that unsafe."""
    if NEGATIVE.search(clause):
        return None
    verb = AUXILIARY.search(clause)
    head = clause if verb is None else clause[: verb.start()]
    perfect = PERFECT.search(clause)
    if perfect is not None and not UNSAFE.search(clause[: perfect.end()]) and not re.search(r"[,;]| and | or ", clause):
        return f"{clause[: perfect.end()]}not {clause[perfect.end() :]}"
    if UNSAFE.search(clause):
        return None
    if verb is not None:
        return _still(f"{head}{verb[0].split()[0]} not{verb[0][len(verb[0].split()[0]) :]}{clause[verb.end() :]}")
    if POSSESSIVE.search(clause):
        return POSSESSIVE.sub("does not have", clause, count=1)
    return None


def _still(clause: str) -> str:
    return clause.replace(" not still ", " no longer ")


def stated(owner: str, name: str, holds: bool) -> str | None:
    """Return `the reservation is (not) insured`; None where the name is no adjective or participle."""
    if name.startswith("is "):
        name = name[3:]
    elif name.startswith("has ") and owner:
        return f"{owner} {'has' if holds else 'does not have'} {name[4:]}"
    elif not ADJECTIVE.match(name):
        return None
    return f"{owner} {'is' if holds else 'is not'} {name}" if owner else None


def event(owner: str, name: str) -> str | None:
    """Return `the reservation was created` for `created at`; None where the name is no event."""
    done = SUFFIX.sub("", name)
    if owner and name == "at":
        return f"{owner} was"
    return f"{owner} was {done}" if owner and PARTICIPLE.match(done) else None


def noun(title: str) -> str | None:
    """Return `the amount past its due date`; None for a clause, a question, a plural or a long phrase."""
    head = PREPOSITION.split(title, maxsplit=1)[0]
    plural = head.endswith("s") and not head.endswith(("ss", "us", "is"))
    cut_off = PREPOSITION.search(f" {title.rpartition(' ')[2]}") is not None
    if OTHER_PHRASE.search(title.lower()) or AUXILIARY.search(title) or plural or cut_off or title.count(" ") > 6:
        return None
    return title if title.startswith("the ") else f"the {title}"


def singular(name: str) -> str:
    """Return the name of one item of a list."""
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith(("sses", "shes", "ches", "xes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def within(title: str) -> str:
    """Return a title as it stands inside a sentence: cut at a semicolon, its first letter small unless it is a name."""
    title = title.partition(";")[0].strip()
    return title if KEPT_UPPER.match(title) else title[:1].lower() + title[1:]


def indefinite(noun: str) -> str:
    """Return the noun with `a` or `an`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def count(number: int, noun: str) -> str:
    """Return a number and a noun, which is given as a list's name."""
    return f"{number} {singular(noun) if number == 1 else noun}"


ENGLISH: Final = Language(PHRASES, negated, stated, event, noun, singular, within, indefinite, count)
