"""Every diagnostic code, with one sentence that says what it means and what to do."""

from __future__ import annotations

CODES: dict[str, str] = {
    # reading
    "alias": ("Anchors and aliases (`&name`, `*name`) are not read; write the value out, or name it under `define`."),
    "bad-character": ("The file holds a character that text files do not hold; delete it, or write it as an escape."),
    "bad-key": "A key is a list or a mapping; a key is a name, a number or a text on one line.",
    "duplicate-key": "A mapping has the same key twice; keep one, or join their values.",
    "empty-file": "The file holds nothing but space and comments; write a key into it, or delete it.",
    "file-too-large": ("The file is larger than 1 MB; split it by topic, for all files of a pack are read together."),
    "merge-key": "The merge key `<<` is not read; write the keys out.",
    "not-a-file": "The path is no file that can be read; check its name, its link and its permissions.",
    "not-utf8": "The file is not plain UTF-8 text; save it as UTF-8 without a byte order mark.",
    "number-out-of-range": (
        "A number does not fit 64 bits, or is not finite; write a smaller one, or put it in quotes."
    ),
    "outside-pack": (
        "A link leads out of the pack's folder; copy the file into the pack, or name its pack under `uses`."
    ),
    "several-documents": "A `---` begins a second document; keep one document a file.",
    "tag": "YAML tags (`!name`) are not read; leave the tag out, or put the value in quotes.",
    "too-deep": "Lists and mappings are nested more than 40 deep; name the inner parts under `define`.",
    "too-many-nodes": "The file holds more than 30,000 values; split it by topic.",
    "yaml-syntax": "The file is not well-formed YAML here; check indentation, quotes and brackets.",
    "yaml-trap": ("YAML cut or turned this value into something else; write it in quotes, as the message shows."),
    # shape
    "bad-name": (
        "A name holds characters that names do not hold; use letters, digits and `_`, and begin with a letter."
    ),
    "empty": "A value is missing or empty where one is wanted; write it, or leave the key out.",
    "missing-key": "A key that is needed here is missing; add it.",
    "not-allowed-value": "The value is none of those allowed here; choose one of those the message names.",
    "repeated-item": "A list holds the same item twice; keep one.",
    "too-many-keys": "Keys stand together that exclude each other; keep one of them.",
    "unknown-key": "The key is not known here; correct its spelling, or move it to where it belongs.",
    "wrong-type": "The value is of another type than is wanted here, such as a list in place of a text.",
    # expressions
    "bad-expression": "A sign or word does not fit here; the message says which, and what to write.",
    "bad-literal": "A number or quoted text is not well written, as in `007`; write it as the message shows.",
    "bad-placeholder": "A brace in a text does not pair or holds nothing; write `{{` and `}}` for braces.",
    "chained-comparison": "Two comparisons are chained, as in `1 < x < 5`; write `1 < x && x < 5`.",
    "empty-expression": "An expression is empty; write a condition or a value.",
    "expression-too-large": "An expression has over 4,000 characters or 64 levels; split it under `define`.",
    "not-in-subset": "CEL has maps, messages and names that begin with a dot; policies do not.",
    "reserved-word": "CEL keeps this word for later, so nothing may be named so; use another name.",
    # packs
    "bad-default": "A default is not a value of its fact; write one that is.",
    "bad-enum": "An enum lists texts, each once, and where wanted null; write other values as texts.",
    "cyclic-reference": "A schema refers to itself; facts are nested no deeper than they are written.",
    "empty-range": "Two limits leave no value between them; correct one.",
    "misplaced-limit": "A limit says nothing of a value of this type; leave it out, or correct the type.",
    "name-clash": "A name is taken already, here or in a pack that is used; choose another.",
    "not-a-pack": "The folder holds no `*.yaml`; name the folder of a pack.",
    "pack-header": "One file of a pack, and only one, says `pack:` with its name, owner and ladder.",
    "params-order": "The dates of a parameter are not in order; write the earliest first.",
    "too-many-facts": "References nest so that the facts written out are too many; nest fewer of them.",
    "unknown-pack": "There is no pack of that name; correct it under `uses`, or in the simulation's `pack`.",
    "unknown-reference": "There is no such entry under `$defs` of the file; correct the reference.",
    "unknown-timezone": "There is no such timezone; write an IANA name such as `Europe/Paris`.",
    "unknown-type": "A fact does not say what it is; add `type:`, `enum:`, `format:` or `items:`.",
    "uses-cycle": "Two packs use each other; move what both need into a third.",
    # types
    "bad-pattern": "A pattern is not RE2; look-around and back-references are not part of it.",
    "input-type-clash": "An input has another type in another action; give one of the two another name.",
    "integer-division": "A whole number divided by a whole number would lose its fraction; write `/ 100.0`.",
    "missing-arguments": "A definition or table that takes arguments is read without them; write them.",
    "money-decimals": "An amount has more decimals than the pack's currency; round it.",
    "text-placeholder": "An expression in braces in a text does not type-check; correct it, or write `{{` for a brace.",
    "unknown-fact": "An expression reads a fact that `facts.yaml` does not declare; declare it, or correct its name.",
    "unknown-function": "There is no such function; the message names the nearest.",
    "unknown-input": "`ask` has no such input for every action that the rule covers; declare it under `inputs`.",
    "unknown-parameter": "There is no such parameter under `params`; the message names the nearest.",
    "unknown-table": "There is no such table; the message names the nearest.",
    "value-not-in-enum": "The text is none that the fact can be; where policy must refuse a value, declare a string.",
    "wrong-arguments": "A function, definition or table takes other arguments; the message says which.",
    # rules
    "allow-amount": "An allow of an action with an amount says how much, and one of an action without says `true`.",
    "always-denies": "A deny has no condition that could fail; say when it holds, or leave the action out.",
    "cyclic-define": "A definition needs itself; take one step out of the circle.",
    "due-type": "A `due` is neither a date nor a timestamp; write `business_days(2)` or the like.",
    "effect-doubled": "A rule has two effects; write a rule for each.",
    "effect-missing": "A rule does nothing; give it an effect, or a `require`.",
    "effective-order": "A rule ends before it begins; `until` is the first day on which it holds no more.",
    "never-applies": "A rule's conditions are false whatever the facts; correct them, or leave the rule out.",
    "no-action": "A rule covers no action; correct its `action` and `except`.",
    "no-allow": "No rule allows the action, so it is always declined; add an allow, or leave the action out.",
    "no-amount": "A cap or floor covers an action that has no amount; write a deny, or take it out with `except`.",
    "no-history": "A money action never looks at what was granted before; limit how much, or how often, by `history`.",
    "no-source": "A rule does not name the sentence of policy that it encodes; add `source`.",
    "override-of-final": "A final deny cannot be overridden; make the deny plain, or leave the override out.",
    "override-of-no-deny": "An override names a rule that denies nothing; name a deny.",
    "override-without-allow": "Only a rule with `allow` can override; move `overrides` there.",
    "policy-too-large": (
        "Expressions, with definitions written out, are too many (20,000 an action, 50,000 a pack) or too deep "
        "(120 levels, 60 definitions in a chain); simplify them, or write a table."
    ),
    "reads-authority": (
        "A rule reads who asks or how much is asked; say it by `authority`, `waivable_by`, `up_to`, `cap` or `floor`."
    ),
    "stands-type": "A `stands` is no span of whole days, no day and no moment; write `days(14)` or the like.",
    "unknown-action": "There is no such action; the message names the nearest.",
    "unknown-kind": "No action is of that kind; the message names the nearest.",
    "unknown-rule": "There is no such rule; the message names the nearest.",
    # authority
    "authority-shrinks": "A rung is granted less than one below it, which it has anyhow; raise it, or leave it out.",
    "budget-below-each": "A budget is less than one grant may be, so no such grant is ever made; raise it.",
    "budget-below-zero": "A budget is below 0; write what may be granted in all.",
    "budget-of-nothing": "A budget stands beside an `each` of nothing; leave it out, or let `each` be more.",
    "budget-order": "A budget is less than one of a shorter span, which so is never used up; raise it.",
    "desk-on-ladder": "A desk is a rung too; a desk is off the ladder.",
    "no-authority": "`authority` lets no rung grant the action, though rules allow it; name it there.",
    "unknown-desk": "A rule refers to a desk that is not listed; add it to `desks`.",
    "unknown-rung": "A rung is not on the ladder; correct it, or add it to `ladder`.",
    "waiver-for-all": "The lowest rung may waive a deny or cap, so it binds nobody; name a higher rung.",
    # tables
    "table-hole": "No row is for some combination of inputs; add a row, or `else:`.",
    "table-output": "A row or `else:` does not say every output, or one of several outputs is not named; name each.",
    "table-overlap": "Two rows are for the same inputs; narrow one of them, or write `hit: first`.",
    "unknown-column": "A row or `else:` names a column that the table has not; the message says which it has.",
    # signals
    "bad-deadline": "A `within` names no day and no moment of the event before; name one, or write a span.",
    "bad-span": (
        "A span is written in weeks, days, hours and minutes, as in `P14D` or `PT36H`, above 0 and up to three years."
    ),
    "cyclic-signal": "A signal follows from itself; take one step out of the circle.",
    "incomparable-field": (
        "A signal compares fields that are lists, objects or numbers with fractions, or of two types; name others."
    ),
    "misplaced-span": "A span says nothing of a signal of this form; leave it out.",
    "misses-itself": "A signal misses the event that it begins with; count it, or name what should follow.",
    "never-seen": "A signal needs more of others than it names; ask for fewer, or name more.",
    "too-many-signals": "A pack has at most 30 signals; leave out those that rules read least.",
    "unsafe-signals": "The pack's signals are more than can be seen safely; take apart what the message names.",
    "unknown-event": "There is no such kind of event; declare it under `events`, or correct its name.",
    "unknown-field": "The kind of event has no such field; the message names the nearest.",
    "unknown-signal": "There is no such signal under `signals`; the message names the nearest.",
    # patches
    "ambiguous-row": "`where` selects no row of the table, or several; name cells that only the row has that is meant.",
    "entry-exists": "An edit adds what the pack has already; write `replace` and `with`, or choose another name.",
    "unknown-entry": "An edit names what the pack does not have; the message names the nearest.",
    # simulations
    "bad-gate": "A gate is a measure against a limit, as in `company_cost > +5%`; the message says how to write it.",
    "bad-probability": "A probability is a number from 0 to 1; correct it.",
    "segment-of-ask": "Customers are told apart by their facts alone; take what belongs to an ask out of `segment`.",
    "unknown-measure": "A gate or an objective names a measure that there is not; the message says which is near.",
    "unknown-segment": "A gate or a draw names a segment that there is not; the message names the nearest.",
    # scenarios
    "unknown-fixture": "A scenario begins from a fixture that `scenarios/fixtures.yaml` has not; correct its name.",
    # populations
    "bad-distribution": "The figures of a distribution contradict each other; correct one.",
    "cyclic-draw": "Draws need each other; take one out of the circle.",
    "impossible-correlation": "Correlations contradict each other; bring the one that is named nearer to 0.",
    "not-drawn": "A draw reads a fact that the population does not draw; draw it too, or read another.",
    "other-pack": "A population or patch is of another pack than the one it is used with; name this one, or use that.",
    "out-of-limits": "A value may leave the limits of its fact; add `min` or `max`, or write another value.",
    "shares-total": "Shares do not add up to 1; correct one.",
    "wrong-distribution": "A fact cannot be drawn like this, for it holds other values; write what the message says.",
    # care
    "missing-translation": "A text is not translated to a language of the pack; add it to `texts.<language>.yaml`.",
    "unknown-code": "`accept` names no warning; the message names the nearest.",
    "unknown-definition": "A translation is of a definition that there is not; correct its name.",
    "unused-definition": "No expression reads the definition; correct its name where it was meant, or leave it out.",
    "unused-fact": "No expression reads the fact; correct its name where it was meant, or leave it out.",
    "unused-parameter": "No expression reads the parameter; correct its name where it was meant, or leave it out.",
    "unused-signal": "No rule reads the signal, or one that follows from it; correct its name, or leave it out.",
    "unused-table": "No expression reads the table; correct its name where it was meant, or leave it out.",
}

WARNINGS: frozenset[str] = frozenset(
    {
        "always-denies",
        "budget-below-each",
        "budget-order",
        "missing-translation",
        "never-applies",
        "no-allow",
        "no-authority",
        "no-history",
        "no-source",
        "table-hole",
        "unused-definition",
        "unused-fact",
        "unused-parameter",
        "unused-signal",
        "unused-table",
        "waiver-for-all",
    }
)
"""Codes that can be warnings, which `accept` silences; a `table-hole` is one in a table with `hit: first`."""
