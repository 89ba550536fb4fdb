"""Expressions that YAML cut or turned into something else, and the quoted line to write instead."""

from __future__ import annotations

import re

from engine.language.diagnostics import Diagnostics, Mark
from engine.language.reading.quoting import (
    ENTRY,
    QUOTED,
    flow_end,
    incomplete,
    quoted,
    requote,
    shortened,
    unclosed,
    value_end,
    written,
)
from engine.language.reading.source import Source
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree

TAG_TOKEN = re.compile(r"!\S*")
YAML_TAG = re.compile(r"!!(binary|bool|float|int|map|merge|null|omap|python|seq|set|str|timestamp)\b|!<")
OPERATOR_NEXT = re.compile(r"\s*($|[#,})\]]|[=!<>&|?+*/%-]|in\s)")
OPERATOR = re.compile(r"\s(\?|&&|\|\||==|!=|<=|>=)\s")
COMMENT = re.compile(r":?\s+(#.*)")
CUT_COMMENT = re.compile(r"#(\{|/\$defs/)")
GLUED_COMMENT = re.compile(r"#[^\s#!]")
PROSE = frozenset(("agent", "customer", "means", "question", "say"))
SUSPECT = re.compile(r"""[^\w.:/$-]""")
RANGE = re.compile(r"[^\s.]+\.\.[^\s.]+")
LONGEST_LINE = 4_000
BEFORE_VALUE = re.compile(r"\s*(?:-\s+)*")
BLOCK_HEADER = re.compile(r"[|>][-+1-9]{0,2}\s*(#.*)?$")


def tag_trap(source: Source, index: int, tag: str, found: Diagnostics) -> None:
    """Report a tag, as a trap where it is an expression that begins with `!`."""
    if _is_negation(source.text, index):
        _report(source, index, "a leading `!` is a YAML tag, so the expression was lost", found)
    else:
        message = f"the tag `{shortened(tag)}` is not read"
        found.error(source.mark(index), "tag", message, "leave it out, or put the value in quotes")


def syntax_trap(source: Source, number: int, found: Diagnostics) -> bool:
    """Report an expression on this line that is no YAML without quotes, and return whether there is one."""
    line = source.line(number)
    if len(line) > LONGEST_LINE:
        return False
    start = _value_start(line)
    message = _turned(line[start : value_end(line, start)])
    if not message:
        return False
    _report(source, source.starts[number - 1] + start, message, found)
    return True


def interrupted_trap(source: Source, number: int, found: Diagnostics) -> bool:
    """Report an expression that a comment ends before it goes on in this line; return whether it did."""
    before = number - 1
    while source.line(before).lstrip().startswith("#"):
        before -= 1
    line = source.line(before)
    start = _value_start(line)
    end = value_end(line, start)
    interrupted = before < number - 1 or line[end:].lstrip().startswith("#")
    if len(line) > LONGEST_LINE or not interrupted or not incomplete(line[start:end]):
        return False
    whole = quoted(f"{line[start:end]} {source.line(number)}")
    help = f"move the comment above and write `{line[:start].strip()} {whole}`"
    place = Mark(source.name, before, start + 1)
    found.error(place, "yaml-trap", "a comment inside this value ends it", help)
    return True


def find_traps(tree: Tree, source: Source, found: Diagnostics) -> None:
    """Report every value of a tree that YAML cut or turned."""
    match tree:
        case Scalar():
            _comment_trap(tree, None, source, found)
        case Sequence():
            _sequence_trap(tree, source, found)
            for item in tree:
                find_traps(item, source, found)
        case Mapping():
            _mapping_trap(tree, source, found)


def _mapping_trap(tree: Mapping, source: Source, found: Diagnostics) -> None:
    """Report a mapping that is a cut or turned expression, or look into it."""
    if tree.flow and any(_is_cut(key, value, source) for key, value in tree):
        _report_flow(tree.mark, "the commas or braces of this value were read as keys", source, found)
        return
    for key, value in tree:
        if _is_expression(key):
            _report(source, source.index(key.mark), "this expression was read as a key and a value", found)
        elif isinstance(value, Scalar):
            _comment_trap(value, key, source, found)
        else:
            find_traps(value, source, found)


def _is_expression(key: Scalar) -> bool:
    """Return whether a key is an expression, or a piece of one."""
    if key.style != "plain" or not SUSPECT.search(key.text):
        return False
    return OPERATOR.search(key.text) is not None or incomplete(key.text)


def _is_cut(key: Scalar, value: Tree, source: Source) -> bool:
    """Return whether an entry of `{...}` is a piece of a value: no `:` after its key, or an open bracket."""
    if key.style != "plain":
        return False
    line, column = key.offsets[-1] if key.offsets else (key.mark.line, 1)
    bare = isinstance(value, Scalar) and value.style == "plain" and not value.text
    return _is_expression(key) or (bare and not source.line(line)[column - 1 :].lstrip().startswith(":"))


def _sequence_trap(tree: Sequence, source: Source, found: Diagnostics) -> None:
    """Report a list whose commas cut an expression."""
    plain = [item.text for item in tree if isinstance(item, Scalar) and item.style == "plain"]
    if tree.flow and len(tree.items) > 1 and any(SUSPECT.search(text) and unclosed(text) for text in plain):
        _report_flow(tree.mark, "the commas of this expression were read as those of a list", source, found)
    if tree.flow and len(plain) == len(tree.items) == 1 and RANGE.fullmatch(plain[0]):
        start = source.index(tree.mark)
        help = written(source.text, start, start + len(plain[0]) + 2, f'"[{plain[0]}]"')
        found.error(tree.mark, "yaml-trap", "this range was read as a list", help)


def _comment_trap(scalar: Scalar, key: Scalar | None, source: Source, found: Diagnostics) -> None:
    """Report a plain value whose end was read as a comment."""
    if scalar.style != "plain" or not scalar.offsets or len(scalar.text) > LONGEST_LINE:
        return
    last = scalar if scalar.text or key is None or not key.offsets else key
    line, column = last.offsets[-1]
    comment = COMMENT.match(source.line(line), column - 1)
    if comment is None or not _cuts(scalar.text, "" if key is None else key.text, comment.group(1)):
        return
    first = source.starts[line - 1]
    start = source.index(scalar.mark) if last is scalar and scalar.text else first + comment.start(1)
    end = first + len(source.line(line).rstrip())
    help = written(source.text, start, end, quoted(source.text[start:end]))
    help += "; a comment goes on a line of its own" if incomplete(scalar.text) else ""
    found.error(source.mark(start), "yaml-trap", "` #` began a comment and cut this value", help)


def _cuts(text: str, key: str, comment: str) -> bool:
    """Return whether the comment took a piece of the value."""
    prose = key in PROSE and GLUED_COMMENT.match(comment)
    return bool(CUT_COMMENT.match(comment) or prose or incomplete(text))


def _is_negation(text: str, index: int) -> bool:
    """Return whether the tag at `index` is an expression: `!flown`, `! flown`, `!has(x) && y`."""
    token = TAG_TOKEN.match(text, index)
    if token is None or YAML_TAG.match(text, index):
        return False
    called = "(" in token.group() or "." in token.group() or token.group() == "!"
    return called or OPERATOR_NEXT.match(text, token.end()) is not None


def _value_start(line: str) -> int:
    """Return where the value of a line begins, after its dashes and its key."""
    found = BEFORE_VALUE.match(line)
    start = found.end() if found else 0
    key = ENTRY.match(line, start)
    if key is None:
        return start
    return key.end() + len(line[key.end() :]) - len(line[key.end() :].lstrip())


def _turned(value: str) -> str:
    """Return what YAML takes the value of a line for, or nothing when it is well written."""
    if not value or QUOTED.fullmatch(value) or BLOCK_HEADER.fullmatch(value):
        return ""
    if value[0] in "\"'":
        return "text goes on after the closing quote" if QUOTED.match(value) else ""
    if value[0] in "[{":
        return _turned_flow(value)
    if value[0] in "!&*|>%@`":
        return f"a leading `{value[0]}` has a meaning of its own in YAML"
    return "`: ` inside a value begins a mapping" if re.search(r":\s|:$", value) else ""


def _turned_flow(value: str) -> str:
    """Return what YAML takes a value with brackets for, or nothing when it is well written."""
    if flow_end(value, 0) not in (-1, len(value)):
        return f"text goes on after the closing `{']' if value[0] == '[' else '}'}`"
    whole = flow_end(value, 0) == len(value)
    return "the value inside has a meaning of its own in YAML" if whole and requote(value) != value else ""


def _report_flow(mark: Mark, message: str, source: Source, found: Diagnostics) -> None:
    """Report a `{...}` or `[...]` with its parts in quotes."""
    start = source.index(mark)
    length = flow_end(source.text[start : start + LONGEST_LINE], 0)
    end = start + length if length > 0 else source.starts[mark.line - 1] + len(source.line(mark.line))
    found.error(mark, "yaml-trap", message, written(source.text, start, end, _shown(source.text[start:end])))


def _report(source: Source, index: int, message: str, found: Diagnostics) -> None:
    """Report the value that begins at `index` with the line that quotes it."""
    mark = source.mark(index)
    first = source.starts[mark.line - 1]
    line = source.line(mark.line)
    end = first + (len(line) if len(line) > LONGEST_LINE else value_end(line, mark.column - 1))
    found.error(mark, "yaml-trap", message, written(source.text, index, end, _shown(source.text[index:end])))


def _shown(value: str) -> str:
    """Return the value in quotes, or with its parts in quotes where it is a whole `{...}` or `[...]`."""
    if len(value) > LONGEST_LINE:
        return value
    again = requote(value)
    return again if again != value else quoted(value)
