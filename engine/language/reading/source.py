"""The text of a policy file, and where each character of it stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from engine.language.diagnostics import Diagnostics, Mark

MAX_BYTES = 1_000_000
BREAK = re.compile(r"\r\n|\r|\n")
BAD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
SAVE_AS = "save it as UTF-8 without a byte order mark"


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text with the index at which each line begins."""

    name: str
    text: str
    starts: tuple[int, ...]

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and column of a character, both from 1."""
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def mark(self, index: int) -> Mark:
        """Return the place of a character."""
        return Mark(self.name, *self.position(index))

    def index(self, mark: Mark) -> int:
        """Return the index of the character at a place."""
        return self.starts[mark.line - 1] + mark.column - 1

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without its break; empty past the end."""
        if not 1 <= number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        stop = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:stop].rstrip("\r\n")


def decode(data: bytes, name: str, found: Diagnostics) -> Source | None:
    """Return the text of a file, or None with a finding when it is too large or not plain UTF-8 text."""
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes"
        found.error(Mark(name), "file-too-large", message, "split it by topic")
    elif data.startswith(BYTE_ORDER_MARKS):
        found.error(Mark(name), "not-utf8", "the file begins with a byte order mark", SAVE_AS)
    elif (text := _utf8(data, name, found)) and _is_clean(text, name, found):
        return source_of(text, name)
    return None


def source_of(text: str, name: str) -> Source:
    """Return the text with its lines found; breaks other than CR and LF must have been refused."""
    lines = text.splitlines(keepends=True)
    ended = lines if text.endswith(("\n", "\r")) else lines[:-1]
    return Source(name, text, (0, *accumulate(map(len, ended))))


def _utf8(data: bytes, name: str, found: Diagnostics) -> str:
    """Return the decoded text, or nothing with a finding."""
    if not data:
        found.error(Mark(name), "empty-file", "the file is empty", "write a key into it, or delete it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source_of(data[: error.start].decode("utf-8"), name)
        found.error(before.mark(len(before.text)), "not-utf8", "this byte is not UTF-8 text", SAVE_AS)
        return ""


def _is_clean(text: str, name: str, found: Diagnostics) -> bool:
    """Return whether the text holds no control character; the first is reported."""
    bad = BAD_CHARACTER.search(text)
    if bad is not None:
        place = source_of(text[: bad.start()], name).mark(bad.start())
        message = f"the character `U+{ord(bad.group()):04X}` is not allowed here"
        found.error(place, "bad-character", message, "delete it")
    return bad is None
