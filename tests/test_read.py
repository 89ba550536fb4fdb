"""Reading policy files: what they hold, where it stands, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.language.codes import CODES
from engine.language.diagnostics import Diagnostics
from engine.language.reading.limits import MAX_DEPTH
from engine.language.reading.read import read_file, read_text
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain

MERGE_BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: {<<: *c}\n"


def read(text: str) -> Tree:
    found = Diagnostics()
    tree = read_text(text.encode(), "rules.yaml", found)
    assert tree is not None, found.sorted()
    return tree


def refused(text: str | bytes) -> list[str]:
    """Return the codes of what is found in a text that is not read."""
    found = Diagnostics()
    data = text.encode() if isinstance(text, str) else text
    assert read_text(data, "rules.yaml", found) is None
    return [one.code for one in found.sorted()]


def scalar(text: str, *path: str | int) -> Scalar:
    tree: Tree | None = read(text)
    for step in path:
        if isinstance(tree, Mapping):
            tree = tree.get(str(step))
        elif isinstance(tree, Sequence):
            tree = tree.items[int(step)]
    assert isinstance(tree, Scalar)
    return tree


def test_a_file_becomes_a_tree_of_plain_values() -> None:
    text = "rules:\n  - id: late\n    when: [a, b]\n    allow: {up_to: 10}\n"
    assert plain(read(text)) == {"rules": [{"id": "late", "when": ["a", "b"], "allow": {"up_to": 10}}]}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
        ("7", 7), ("-7", -7), ("+7", 7), ("010", 10), ("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0),
        ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("True", "True"), ("0o17", "0o17"), ("0x1F", "0x1F"),
        ("1:30", "1:30"), ("1_000", "1_000"), ("2024-05-01", "2024-05-01"), ("'7'", "7"), ('"true"', "true"),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    found = scalar(f"x: {written}\n", "x").value
    assert found == value
    assert type(found) is type(value)


def test_a_decimal_keeps_its_digits() -> None:
    assert scalar("x: 1.50\n", "x").text == "1.50"


@pytest.mark.parametrize("written", ["9223372036854775808", "1e999", ".inf", "-.inf", ".nan", "1" * 5000, "0" * 5000])
def test_a_number_that_cannot_be_held_is_refused(written: str) -> None:
    assert refused(f"x: {written}\n") == ["number-out-of-range"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (b"", ["empty-file"]),
        (b"# only a comment\n", ["empty-file"]),
        (b"\x00", ["bad-character"]),
        (b"a: b\x00c", ["bad-character"]),
        ("a: b\u2028c".encode(), ["bad-character"]),
        (b'a: "b\\0c"', ["bad-character"]),
        ("a: é".encode("utf-16"), ["not-utf8"]),
        ("a: é".encode("utf-16-be"), ["not-utf8"]),
        ("a: b".encode("utf-16-be"), ["bad-character"]),
        (b"\xef\xbb\xbfa: 1", ["not-utf8"]),
        (b"a: \xff", ["not-utf8"]),
        (b"[" * 100_000, ["too-deep"]),
        (b"{a: " * 25_000, ["too-deep"]),
        (b"- " * 50_000, ["too-deep"]),
        (b"- a\n" * 200_000, ["too-many-nodes"]),
        (b"[" + b"a," * 450_000 + b"]", ["too-many-nodes"]),
        (b"a" * 10_000_000, ["file-too-large"]),
        (b"x: '" + b"(" * 900_000, ["yaml-syntax"]),
        (b"x: [a](" + b"(" * 900_000, ["yaml-syntax"]),
        (b"x: !" + b"(" * 900_000, ["yaml-trap"]),
        (b"a: 1\na: 2\n", ["duplicate-key"]),
        (b"a: 1\n'a': 2\n", ["duplicate-key"]),
        (b"a: 1\n---\nb: 2\n", ["several-documents"]),
        (b"? [a]\n: b\n", ["bad-key"]),
        (b"a: !!str b\n", ["tag"]),
        (b"%TAG ! tag:x,2000:\n---\na: 1\n", ["tag"]),
        (b"a:\tb\n\tc: d\n", ["yaml-syntax"]),
        (b"a: b\n c: d\n", ["yaml-syntax"]),
        (b"a: 'b\n", ["yaml-syntax"]),
    ],
    ids=lambda given: repr(given[:16]),
)
def test_bad_input_gives_a_diagnostic(text: bytes, codes: list[str]) -> None:
    assert refused(text) == codes


def test_a_merge_bomb_is_refused_before_it_grows() -> None:
    assert set(refused(MERGE_BOMB)) == {"alias", "merge-key"}


def test_depth_up_to_the_limit_is_read() -> None:
    assert isinstance(read("[" * MAX_DEPTH + "]" * MAX_DEPTH), Sequence)


def test_all_problems_of_a_file_are_found_at_once() -> None:
    assert refused("a: &x 1\nb: *x\nc: .inf\nc: 2\n") == [
        "alias",
        "alias",
        "number-out-of-range",
        "duplicate-key",
    ]


def test_the_place_of_bytes_that_are_not_utf8_is_told() -> None:
    found = Diagnostics()
    read_text(b"a: 1\nb: \xc3\xa9\xff", "f.yaml", found)
    assert str(found.sorted()[0].mark) == "f.yaml:2:5"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "rules.yaml").write_text("pack: airline\n")
    (tmp_path / "outside.yaml").write_text("pack: other\n")
    return folder


def read_in(pack: Path, name: str) -> list[str]:
    found = Diagnostics()
    assert (read_file(pack / name, pack, found) is None) == found.failed
    return [one.code for one in found.sorted()]


def test_a_file_of_the_pack_is_read(pack: Path) -> None:
    assert read_in(pack, "rules.yaml") == []


def test_a_link_within_the_pack_is_followed(pack: Path) -> None:
    (pack / "link.yaml").symlink_to("rules.yaml")
    assert read_in(pack, "link.yaml") == []


def test_a_link_out_of_the_pack_is_refused(pack: Path) -> None:
    (pack / "link.yaml").symlink_to("../outside.yaml")
    assert read_in(pack, "link.yaml") == ["outside-pack"]


def test_a_folder_link_out_of_the_pack_is_refused(pack: Path) -> None:
    (pack / "more").symlink_to(pack.parent)
    assert read_in(pack, "more/outside.yaml") == ["outside-pack"]


@pytest.mark.parametrize("target", ["nowhere.yaml", "link.yaml"])
def test_a_broken_link_and_a_link_to_itself_are_no_files(pack: Path, target: str) -> None:
    (pack / "link.yaml").symlink_to(target)
    assert read_in(pack, "link.yaml") == ["not-a-file"]


def test_what_is_no_file_is_not_opened(pack: Path) -> None:
    os.mkfifo(pack / "pipe.yaml")
    assert read_in(pack, "pipe.yaml") == ["not-a-file"]
    assert read_in(pack, ".") == ["not-a-file"]
    assert read_in(pack, "missing.yaml") == ["not-a-file"]
    assert read_in(pack, "a\0b.yaml") == ["not-a-file"]
    assert read_in(pack, "x" * 5000) == ["not-a-file"]


def test_a_file_that_may_not_be_read_is_reported(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    assert read_in(pack, "rules.yaml") == ["not-a-file"]


def test_a_file_of_ten_megabytes_is_not_read_to_its_end(pack: Path) -> None:
    (pack / "large.yaml").write_bytes(b"a" * 10_000_000)
    assert stat.S_ISREG((pack / "large.yaml").stat().st_mode)
    assert read_in(pack, "large.yaml") == ["file-too-large"]


def test_marks_count_characters_and_not_bytes() -> None:
    tree = read("é: ü\nß: {ö: 'ä', x: €😀 y}\n")
    assert isinstance(tree, Mapping)
    inner = tree.get("ß")
    assert isinstance(inner, Mapping)
    assert [(key.mark.line, key.mark.column) for key, _ in inner] == [(2, 5), (2, 13)]
    assert list(scalar("x: €😀 y\n", "x").offsets) == [(1, 4), (1, 5), (1, 6), (1, 7), (1, 8)]


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("x: ab\n", "ab", [(1, 4), (1, 5), (1, 6)]),
        ("x: a\n  b\n", "a b", [(1, 4), (1, 5), (2, 3), (2, 4)]),
        ("x: 'a''b'\n", "a'b", [(1, 5), (1, 6), (1, 8), (1, 9)]),
        ('x: "a\\tb"\n', "a\tb", [(1, 5), (1, 6), (1, 8), (1, 9)]),
        ('x: "\\x41\\u00e9"\n', "Aé", [(1, 5), (1, 9), (1, 15)]),
        ('x: "a\\\n  b"\n', "ab", [(1, 5), (2, 3), (2, 4)]),
        ("x: |\n  a\n  b\n", "a\nb\n", [(2, 3), (2, 4), (3, 3), (3, 4), (4, 1)]),
        ("x: >-\n  a\n  b\n", "a b", [(2, 3), (2, 4), (3, 3), (3, 4)]),
        ("x: >\n  a\n\n  b\n", "a\nb\n", [(2, 3), (3, 1), (4, 3), (4, 4), (5, 1)]),
        ("x: |2-\n    a\n", "  a", [(2, 3), (2, 4), (2, 5), (2, 6)]),
        ("x: |\r\n  a\r\n", "a\n", [(2, 3), (2, 4), (3, 1)]),
    ],
)
def test_every_character_knows_its_place(text: str, value: str, places: list[tuple[int, int]]) -> None:
    found = scalar(text, "x")
    assert (found.text, list(found.offsets)) == (value, places)


BODIES = st.text(alphabet="ab é😀\t'\"\\nxu01:#,[-\n\n  ", max_size=40)
SHAPES = st.sampled_from(
    ["k: {}\n", "k: '{}'\n", 'k: "{}"\n', "k: |\n  {}\n", "k: >\n  {}\n", "k: |2\n  {}\n", "k: >2-\n  {}\n",
     "k: |+\n  {}\n", "- k:\n  - >+\n   {}\n", "- ['{}', a]\n", '- ["{}", a]\n', "{}"]
)  # fmt: skip


def scalars_of(tree: Tree) -> list[Scalar]:
    match tree:
        case Scalar():
            return [tree]
        case Sequence():
            return [one for item in tree for one in scalars_of(item)]
        case Mapping():
            return [one for key, value in tree for one in (key, *scalars_of(value))]


@pytest.mark.property
@settings(max_examples=1500, deadline=None)
@given(SHAPES, BODIES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["\n", "\n  ", "\n\n   "]))
def test_offsets_lead_to_the_character_that_was_written(shape: str, body: str, ends: str, indent: str) -> None:
    text = shape.replace("{}", body.replace("\n", indent)).replace("\n", ends)
    tree = read_text(text.encode(), "f.yaml", Diagnostics())
    assume(tree is not None)
    assert tree is not None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for one in scalars_of(tree):
        assert len(one.offsets) == len(one.text) + 1
        assert list(one.offsets) == sorted(set(one.offsets))
        for char, (line, column) in zip(one.text, one.offsets, strict=False):
            assert_stands_at(char, lines[line - 1][column - 1 :], one.style)


def assert_stands_at(char: str, rest: str, style: str) -> None:
    """Assert that a source line goes on with the character, its escape or the break it was folded from."""
    if style == "double" and rest.startswith("\\"):
        assert scalar(f'x: "{rest[: {"x": 4, "u": 6, "U": 10}.get(rest[1:2], 2)]}"', "x").text == char
    elif char in " \n":
        assert rest.startswith(char) or not rest.strip()
    else:
        assert rest.startswith(char)


@pytest.mark.property
@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(alphabet="ab:-? []{}#&*!|>'\"%@`\n\t,.()", max_size=60)))
def test_no_input_gives_a_traceback_or_an_unknown_code(data: bytes | str) -> None:
    found = Diagnostics()
    tree = read_text(data if isinstance(data, bytes) else data.encode(), "f.yaml", found)
    assert (tree is None) == found.failed
    assert {one.code for one in found.sorted()} <= CODES.keys()
