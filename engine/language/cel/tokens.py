"""The words and signs that an expression is made of."""

from __future__ import annotations

import re
from typing import Final

from lark import Token

from engine.language.cel.mistakes import ExpressionError, bad_character

RESERVED: Final = frozenset(
    {
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop"),
        *("namespace", "package", "return", "var", "void", "while"),
    }
)
"""Words that CEL keeps for later: no name may be one, though a member may (`parcel.package`)."""

WORDS: Final = {"true": "CONSTANT", "false": "CONSTANT", "null": "CONSTANT", "in": "BINARY"}

SIGNS: Final = {
    ".": "DOT",
    ",": "COMMA",
    ":": "COLON",
    "?": "QUESTION",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "!": "NOT",
    "-": "MINUS",
    **dict.fromkeys(("+", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"), "BINARY"),
}

QUOTED: Final = r"""
    [rR](?:\"{3}(?s:.)*?\"{3} | '{3}(?s:.)*?'{3} | "[^"\r\n]*" | '[^'\r\n]*')
    | \"{3}(?s:\\.|[^\\])*?\"{3} | '{3}(?s:\\.|[^\\])*?'{3}
    | "(?:\\.|[^"\\\r\n])*" | '(?:\\.|[^'\\\r\n])*'
"""

PATTERN: Final = re.compile(
    rf"""
    [ \t\r\n\f]+ | //[^\n]*
    | (?P<TEXT>{QUOTED})
    | (?P<BYTES>[bB](?:{QUOTED}))
    | (?P<WORD>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<DOUBLE>[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)? | [0-9]+[eE][+-]?[0-9]+)
    | (?P<UINT>(?:0[xX][0-9a-fA-F]+|[0-9]+)[uU]\b)
    | (?P<INT>0[xX][0-9a-fA-F]+|[0-9]+)
    | (?P<BAD><>|=<|=>|===|!==|\*\*|\+\+)
    | (?P<SIGN>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]])
    | (?P<WRONG>(?s:.))
    """,
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """Return the words and signs of an expression, without space and comments."""
    found: list[Token] = []
    for match in PATTERN.finditer(text):
        match match.lastgroup:
            case None:
                continue
            case "SIGN":
                found.append(Token(SIGNS[match[0]], match[0], match.start()))
            case "WORD":
                found.append(Token(word_kind(match[0], found, match.start()), match[0], match.start()))
            case "BAD" | "WRONG":
                raise bad_character(text, match.start(), match[0])
            case kind:
                found.append(Token(kind, match[0], match.start()))
    return found


def word_kind(word: str, before: list[Token], offset: int) -> str:
    """Return what kind of token a word is; a reserved word may only name a member."""
    if word in RESERVED and not (before and before[-1].type == "DOT"):
        raise ExpressionError(
            offset,
            "reserved-word",
            f"`{word}` is a reserved word",
            "write `condition ? value : other`" if word in ("if", "else") else "use another name",
        )
    return WORDS.get(word, "NAME")
