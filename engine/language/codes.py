"""Every diagnostic code, with one sentence that says what it means and what to do."""

from __future__ import annotations

CODES: dict[str, str] = {
    # reading
    "alias": (
        "Anchors and aliases (`&name`, `*name`) are not read; write the value out, or name it under `define`."
    ),
    "bad-character": (
        "The file holds a character that text files do not hold; delete it, or write it as an escape."
    ),
    "bad-key": "A key is a list or a mapping; a key is a name, a number or a text on one line.",
    "duplicate-key": "A mapping has the same key twice; keep one, or join their values.",
    "empty-file": "The file holds nothing but space and comments; write a key into it, or delete it.",
    "file-too-large": (
        "The file is larger than 1 MB; split it by topic, for all files of a pack are read together."
    ),
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
    "yaml-trap": (
        "YAML cut or turned this value into something else; write it in quotes, as the message shows."
    ),
    # shape
    "bad-name": (
        "A name holds characters that names do not hold; use letters, digits and `_`, and begin "
        "with a letter."
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
}

WARNINGS: frozenset[str] = frozenset()
