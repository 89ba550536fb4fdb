"""Reports of a simulation: what they say, that they agree, and that nothing in a study can break out of them."""

from __future__ import annotations

import base64
import hashlib
import html as entities
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from studies import (
    GATES_SEEN,
    HOSTILE,
    change,
    compared,
    comparison,
    hostile,
    simulated,
    tuned,
    unchanged,
)

from schemas.study import BreakEven, Change, Evidence, Interval, Measure, Quantity, Study, Unit
from simulations.reports.as_json import as_json
from simulations.reports.document import Table
from simulations.reports.formats import Formats, printable
from simulations.reports.html import html
from simulations.reports.outline import document
from simulations.reports.readings import reading
from simulations.reports.sections.assumptions import pays
from simulations.reports.terminal import terminal

STUDIES = {"compared": compared, "simulated": simulated, "tuned": tuned, "unchanged": unchanged, "hostile": hostile}
EMPTY = {"meta", "link", "input", "br", "hr", "img"}
"""Elements without an end tag."""
TEMPLATES = Path(__file__).parent.parent / "simulations" / "reports" / "templates"


@cache
def page(name: str) -> str:
    """Return the HTML report of a study by its name."""
    return html(STUDIES[name]())


@cache
def lines(name: str, width: int = 200) -> str:
    """Return the report of a study in a terminal."""
    return terminal(STUDIES[name](), width)


@dataclass
class Reader(HTMLParser):
    """What a page is made of."""

    open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


def read(text: str) -> Reader:
    """Return what a page is made of."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def text_of(page: str) -> str:
    """Return what a reader sees of a page, with single spaces."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", entities.unescape(re.sub(r"<[^>]+>", " ", body)))


def squeezed(text: str) -> str:
    """Return a terminal's lines with single spaces."""
    return re.sub(r"\s+", " ", text)


SAID = {
    "synthetic": "they are made up, not real customers",
    "headline": "Review",
    "crossed gate": f"Needs a look: company_cost in premier > +8%. Seen: {GATES_SEEN}.",
    "unsure gate": "Not crossed, but not sure: within_a_day < +0. Seen: +0.01. Chance alone may turn it.",
    "other gates": "2 other gates hold.",
    "difference": "+£61,425 (+5.2%)",
    "interval": "+£49,140 and +£73,710",
    "interval of points": "-0.2 and +2.1 points",
    "edits": "Agents may give £40 of goodwill themselves",
    "transitions": "92,998 (93.0%) asks keep their verdict, 6,579 (6.6%) get a better one for the customer",
    "funnel": "74,840 (74.8%)",
    "escalations": "5,971 (6.0%)",
    "segments": "Stand out, beyond what chance explains: protected, premier.",
    "winners": "3,569 (16.4%)",
    "cost of a segment's customer": "+£1.07 and +£1.99",
    "too few": "not enough data",
    "attribution": "+£30,712",
    "assumption": "accepted ? 0.9 : 0.6",
    "at its ends": "-£10,662 +£59,710",
    "break-even": "It pays as long as take-up is at least 46% of what is assumed.",
    "counts": "7,002 decisions change in verdict, who may say yes, amount or terms, 310 more only in their reasons",
    "before": "higher rung: supervisor, £40.00",
    "after": "approved, £40.00",
    "command": "leeway compare simulations/telecom/goodwill.yaml --seed 7",
    "population": f"sha256:{'9e' * 32}",
    "legend": "counted without any assumption",
}
"""What a report of a comparison says, by what it is about."""
TUNED = (
    "40 settings were tried, 32 of them within the gates. 8 are beaten by no other",
    "params.point = 5.5 (rounded from 5.4871)",
    "customers not seen before",
    "£1,153,000",
    "params.recent_days: 65",
)


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_a_comparison_says_it_in_the_terminal_and_in_html(said: str) -> None:
    assert said in squeezed(lines("compared"))
    assert said in text_of(page("compared"))


@pytest.mark.parametrize("said", TUNED)
def test_tuning_says_it_in_the_terminal_and_in_html(said: str) -> None:
    assert said in squeezed(lines("tuned"))
    assert said in text_of(page("tuned"))


def test_a_study_without_candidates_says_what_the_policy_comes_to_and_nothing_of_candidates() -> None:
    assert [part.title for part in document(simulated()).parts] == ["The policy", "About these numbers"]
    assert document(simulated()).cards == ()
    for text in (squeezed(lines("simulated")), text_of(page("simulated"))):
        assert "£1,177,636 £11.78" in text
        assert not re.search("candidate|What to do|Gates|Tuning|changed cases", text, re.IGNORECASE)


def test_a_candidate_that_changes_nothing_says_so_and_leaves_out_what_it_has_not() -> None:
    (part,) = (part for part in document(unchanged()).parts if part.candidate)
    assert [section.name for section in part.sections] == ["changes", "transitions", "cases"]
    text = squeezed(lines("unchanged"))
    assert "Not one ask is answered differently." in text
    assert "£0.00 (0.0%) no change" in text


def test_several_candidates_are_set_side_by_side() -> None:
    text = squeezed(terminal(compared(comparison("stricter", "do not ship")), 160))
    assert "Advice Review Do not ship" in text
    assert "Candidate: stricter" in text
    assert "The candidates side by side" not in lines("compared")


def test_a_population_of_real_asks_is_not_called_made_up() -> None:
    real = simulated().reproduction.model_copy(update={"population": "ledger"})
    text = terminal(simulated().model_copy(update={"reproduction": real}), 100)
    assert "real decisions" in text
    assert "made up" not in text


def test_offers_whose_worth_is_not_known_are_counted_where_there_are_some() -> None:
    study = simulated()
    runs = (study.runs[0].model_copy(update={"unknown_economics": 1_204}), *study.runs[1:])
    said = squeezed(terminal(study.model_copy(update={"runs": runs}), 200))
    assert "1,204 offers have a cost, a value or a gain that is unknown, and counts as nothing" in said
    assert "counts as nothing" not in squeezed(terminal(study, 200))


def test_every_number_carries_its_rung_of_evidence() -> None:
    sections = [section for part in document(compared()).parts for section in part.sections]
    tables = [
        block
        for section in sections
        if section.name not in ("gates", "evidence", "reproduction")
        for block in section.blocks
        if isinstance(block, Table)
    ]
    assert [table.caption for table in tables if not rests_on_something(table)] == []


def rests_on_something(table: Table) -> bool:
    """Return whether a table, its columns or its rows say what their numbers rest on."""
    columns = any(re.search(r"\((replayed|accounted|assumed)\)", column.title) for column in table.columns)
    return bool(table.evidence) or columns or all(any(cell.evidence for cell in row) for row in table.rows)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_lines_fit_the_terminal_and_no_amount_is_broken(width: int) -> None:
    text = lines("compared", width)
    assert max(map(len, text.splitlines())) <= width
    for amount in ("£1,177,636", "£1,239,061", "+£61,425", "+£49,140", "100,000"):
        assert amount in text


def test_colour_is_only_for_a_terminal_that_has_it() -> None:
    assert "\x1b" not in lines("compared")
    assert "\x1b[32m" in terminal(compared(), 100, colour=True)


def test_long_lists_end_in_a_terminal_with_how_many_more_there_are() -> None:
    one = comparison()
    many = tuple(
        segment.model_copy(update={"segment": f"segment {number}"})
        for number, segment in enumerate([one.segments[0]] * 60)
    )
    study = compared().model_copy(update={"comparisons": (one.model_copy(update={"segments": many}),)})
    assert "and 20 more in the HTML and JSON reports" in terminal(study, 120)
    drawn = html(study)
    assert "the 30 largest segments" in drawn
    assert drawn.count("segment 59</th>") == 2


@pytest.mark.parametrize("name", STUDIES)
def test_a_page_is_balanced_and_its_ids_are_unique_and_found(name: str) -> None:
    reader = read(page(name))
    assert reader.wrong == []
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.found if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))
    targets = {attributes["href"].removeprefix("#") for _, attributes in reader.found if "href" in attributes}
    named = {one for _, attributes in reader.found for one in attributes.get("aria-labelledby", "").split()}
    assert targets | named <= set(ids)


@pytest.mark.parametrize("name", STUDIES)
def test_a_page_is_accessible(name: str) -> None:
    reader = read(page(name))
    tags = [tag for tag, _ in reader.found]
    assert tags.count("table") == tags.count("caption")
    assert [one for tag, one in reader.found if tag == "th" and one.get("scope") not in ("col", "row")] == []
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert ("html", {"lang": "en"}) in reader.found


@pytest.mark.parametrize("name", STUDIES)
def test_a_page_loads_nothing(name: str) -> None:
    reader = read(page(name))
    assert [
        tag for tag, _ in reader.found if tag in ("link", "img", "iframe", "object", "embed", "image", "base")
    ] == []
    for tag, attributes in reader.found:
        assert "src" not in attributes, tag
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"url\((?!#)|@import", page(name))
    assert "://" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", page(name))


def test_a_page_allows_its_one_script_and_no_other() -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", page("compared"), re.DOTALL)
    policy = next(one["content"] for tag, one in read(page("compared")).found if tag == "meta" and "http-equiv" in one)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


def test_what_tries_to_be_markup_or_a_code_is_shown_as_text() -> None:
    drawn = page("hostile")
    assert "<script>alert" not in drawn
    assert drawn.count("<script>") == 1
    for text in (drawn, lines("hostile")):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "$\\frac{" in text
    assert '<script>alert("1")</script>' in lines("hostile")
    shown = entities.unescape(drawn)
    assert shown.count(printable(HOSTILE)) > 20


def test_a_request_is_copied_as_it_was_sent() -> None:
    sent = [one.request for one in hostile().comparisons[0].changed.cases]
    shown = re.findall(r'<span class="json">(.*?)</span>', page("hostile"))
    assert [json.loads(entities.unescape(one)) for one in shown] == sent
    assert "leeway explain --pack telecom --for auditor &lt;&lt;'REQUEST'" in page("compared")


@pytest.mark.parametrize("name", STUDIES)
def test_every_plot_is_well_formed_and_says_what_it_shows(name: str) -> None:
    drawn = re.findall(r"<svg.*?</svg>", page(name), re.DOTALL)
    assert drawn
    for one in drawn:
        root = ElementTree.fromstring(one)
        assert [child.tag.rpartition("}")[2] for child in root[:2]] == ["title", "desc"]
        assert all(child.text for child in root[:2])
        assert "#0001" not in one


def test_a_comparison_has_every_plot_of_the_sections_it_has() -> None:
    ids = re.findall(r'<svg[^>]*aria-labelledby="part-\d+-[a-z-]+?-([a-z_-]+)-title', page("compared"))
    assert len(re.findall("<svg", page("compared"))) == len(ids) == 7
    assert "pareto" in page("tuned")


def test_reports_are_the_same_byte_for_byte() -> None:
    compared_again = html(compared())
    assert (compared_again == page("compared")) is True
    code = "import sys, hashlib; sys.path[:0] = sys.argv[1:]; from test_reports import page, lines\n"
    code += "print(hashlib.sha256((page('compared') + lines('compared')).encode()).hexdigest())"
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", code, here, str(Path(here).parent)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert printed == hashlib.sha256((page("compared") + lines("compared")).encode()).hexdigest()


@pytest.mark.parametrize("name", STUDIES)
def test_json_is_the_study_with_its_keys_in_the_order_of_the_schema(name: str) -> None:
    text = as_json(STUDIES[name]())
    assert (Study.model_validate_json(text) == STUDIES[name]()) is True
    assert list(json.loads(text)) == list(Study.model_json_schema(mode="serialization")["properties"])


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_enough_contrast(dark: bool) -> None:
    blocks = re.findall(r":root \{(.*?)\}", (TEMPLATES / "report.css").read_text(encoding="utf-8"), re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[int(dark)]))
    for ground in ("paper", "panel"):
        for ink in ("ink", "quiet", "accent", "good", "bad", "doubt"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    assert contrast(colours["ink"], colours["doubt-panel"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, by WCAG 2."""

    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("paying", "factor", "said"),
    [
        (True, None, "It pays even if nobody takes the offers."),
        (False, None, "It does not pay, not even with take-up at 200% of what is assumed."),
        (True, 0.463, "It pays as long as take-up is at least 46.3% of what is assumed."),
        (False, 1.5, "It does not pay as assumed: take-up would have to be 150% of what is assumed."),
    ],
)
def test_break_even_is_a_sentence(paying: bool, factor: float | None, said: str) -> None:
    assert pays(BreakEven(measure="net", pays=paying, factor=factor, points=((0, "-1.00"), (2, "1.00")))) == said


def test_a_candidate_that_changes_nothing_makes_no_difference_at_any_take_up() -> None:
    same = BreakEven(measure="net", pays=True, factor=None, points=((0, "0.00"), (2, "0.00")))
    assert pays(same) == "It makes no difference at any take-up."


def measured(difference: Quantity, interval: tuple[Quantity, Quantity] | None) -> Change:
    """Return a change of nothing but a difference."""
    ends = None if interval is None else Interval(low=interval[0], high=interval[1])
    return Change(measure="x", baseline=10, candidate=10, difference=difference, interval=ends)


@pytest.mark.parametrize(
    ("difference", "interval", "word"),
    [
        (3, (1, 5), "better"),
        (-3, (-5, -1), "worse"),
        (3, (-1, 5), "not sure"),
        (3, (0, 5), "not sure"),
        (0, (-1, 1), "not sure"),
        (0, (0, 0), "no change"),
        (0, None, "no change"),
        (3, None, "better"),
        (3, (None, None), "better"),
        (None, None, "not enough data"),
        ("-0.01", ("-0.02", "-0.01"), "worse"),
    ],
)
def test_a_difference_is_better_only_when_chance_cannot_have_made_it(
    difference: Quantity, interval: tuple[Quantity, Quantity] | None, word: str
) -> None:
    higher = Measure(name="x", title="X", unit="count", evidence="accounted", better="higher")
    assert reading(measured(difference, interval), higher).word == word


def test_a_measure_that_is_neither_better_nor_worse_is_more_or_less() -> None:
    neither = Measure(name="x", title="X", unit="count", evidence="accounted")
    assert [reading(measured(one, None), neither).word for one in (1, -1)] == ["more", "less"]


@pytest.mark.parametrize(
    ("currency", "digits", "value", "unit", "shown"),
    [
        ("GBP", 2, "999.99", "money", "£999.99"),
        ("GBP", 2, "-1234567.89", "money", "-£1,234,568"),
        ("JPY", 0, "999", "money", "¥999"),
        ("KWD", 3, "1.005", "money", "KWD1.005"),
        ("GBP", 2, 1234567, "count", "1,234,567"),
        ("GBP", 2, 12.26, "count", "12.3"),
        ("GBP", 2, 0.5, "share", "50.0%"),
        ("GBP", 2, None, "money", "not enough data"),
    ],
)
def test_quantities_are_written_as_people_do(
    currency: str, digits: int, value: Quantity, unit: Unit, shown: str
) -> None:
    assert Formats(currency, digits).quantity(value, unit).replace("\xa0", "") == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [("0.40", "money", "+£0.40"), ("0.00", "money", "£0.00"), (-3, "count", "-3"), (0.0123, "share", "+1.23 points")],
)
def test_a_difference_has_a_sign(value: Quantity, unit: Unit, shown: str) -> None:
    assert Formats("GBP", 2).difference(value, unit) == shown


def test_a_figure_without_enough_data_says_so_everywhere() -> None:
    one = comparison()
    unknown = change("company_cost", 5, 6, 0.1).model_copy(update={"difference": None, "interval": None, "share": None})
    study = compared().model_copy(update={"comparisons": (one.model_copy(update={"changes": (unknown,)}),)})
    assert "Cost to the company £0.05 £0.06 not enough data" in squeezed(terminal(study, 160))
    assert "not enough data" in text_of(html(study))


def test_rungs_of_evidence_are_explained_strongest_first() -> None:
    order: list[Evidence] = ["replayed", "accounted", "assumed"]
    told = lines("simulated")
    explained = told[told.index("Rungs of evidence") :]
    assert sorted(order, key=lambda rung: explained.index(f"[{rung}]")) == order
