"""The little English grammar that conditions take: negation, articles, plurals, and what kind of phrase a title is."""

from __future__ import annotations

import re
from typing import Final

AUXILIARY: Final = re.compile(r"\b(is|are|was|were|has been|have been|had been|can|may|must|will|should|could)\b")
PERFECT: Final = re.compile(
    r"\b(has|have) (?=(?!been\b)(?:[a-z]+(?:ed|en)|had|told|paid|made|cost|sent|left|lost|met|bought|kept|held|put)\b)"
)
POSSESSIVE: Final = re.compile(r"\bhas\b")
UNSAFE: Final = re.compile(
    r",|;|\b(and|or|but|not|no|never|nobody|none|nothing|every|each|all|any|both|who|which|that|whose|if|when|because|"
    r"only|either|some|somebody|someone|something|at least|at most)\b|n't\b"
)
NEGATIVE: Final = re.compile(r"\b(no|not|never|nobody|none|nothing|nowhere|neither|nor)\b|n't\b")
PARTICIPLE: Final = re.compile(
    r"^(?:[a-z]+ )?(?:[a-z]+ed|bought|sent|made|paid|sold|taken|begun|given|broken|lost|put|held|built|seen|met|"
    r"written|chosen|drawn|fixed)$"
)
ADJECTIVE: Final = re.compile(
    r"^(?:[a-z]+ )*(?:[a-z]+(?:ed|able|ible)|open|active|new|valid|lost|lost or stolen|broken|flexible|free|full|late|"
    r"live|paid|sold|known|unknown|ready|safe|urgent|vulnerable|loyal|complete|ours|eligible|present|absent|final|flown|taken|"
    r"stolen|sent)$"
)
PREPOSITION: Final = re.compile(
    r" (?:of|in|for|with|from|at|on|to|past|by|about|after|before|since|between|inside|under|over|per|within|without|"
    r"as)\b"
)
OTHER_PHRASE: Final = re.compile(
    r"^(?:what|how|when|since|whether|who|whose|where|why|which|if|as|a|an|our|my|your|its|their|no|any|every|all|it|there|"
    r"passed|not)\b|[,:(/]"
)
PAST: Final = {
    "departs": "departed",
    "arrives": "arrived",
    "leaves": "left",
    "starts": "started",
    "begins": "began",
    "ends": "ended",
    "expires": "expired",
    "renews": "renewed",
}
ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}
SUFFIX: Final = re.compile(r" (at|on|date|time|day)$")
KEPT_UPPER: Final = re.compile(r"^(I\b|[A-Z][A-Z0-9])")


def negated(clause: str) -> str | None:
    """Return the clause with its verb negated; None where a second verb or a word of quantity makes that unsafe."""
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


def event(owner: str, name: str, ahead: bool) -> str | None:
    """Return `the reservation was created` for `created at`, `the term ends` for `ends`; None for other names."""
    if not owner:
        return None
    *rest, verb = name.split()
    if verb in PAST:
        subject = f"{owner}'s {' '.join(rest)}" if rest else owner
        return f"{subject} {verb if ahead else PAST[verb]}"
    done = SUFFIX.sub("", name)
    if ahead or (name != "at" and not PARTICIPLE.match(done)):
        return None
    return f"{owner} was" if name == "at" else f"{owner} was {done}"


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


def ordinal(number: int) -> str:
    """Return a number as a place in a row: third, 21st."""
    if 0 < number <= len(ORDINALS):
        return ORDINALS[number - 1]
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else ENDINGS.get(number % 10, 'th')}"
