"""A plot, and its drawing as SVG to stand in a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Final
from xml.etree import ElementTree

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from simulations.reports.formats import printable

INK: Final = "#000101"
QUIET: Final = "#000102"
GRID: Final = "#000103"
GOOD: Final = "#000104"
BAD: Final = "#000105"
ACCENT: Final = "#000106"
PAPER: Final = "#000107"
VARIABLES: Final[Mapping[str, str]] = {
    INK: "currentColor",
    QUIET: "var(--quiet)",
    GRID: "var(--line)",
    GOOD: "var(--good)",
    BAD: "var(--bad)",
    ACCENT: "var(--accent)",
    PAPER: "var(--paper)",
}
"""Colours that stand for those of the page, which differ in light, dark and print."""
COLOUR: Final = re.compile("|".join(VARIABLES))
STYLE: Final[Mapping[RcKeyType, object]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "leeway",
    "text.parse_math": False,
    "text.color": INK,
    "font.size": 9,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}
NAMELESS: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}
SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
LONGEST: Final = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot: what it shows, and how it is drawn on a figure of a size in inches."""

    name: str
    title: str
    description: str
    size: tuple[float, float]
    draw: Callable[[Figure], None]


def svg(picture: Picture, prefix: str) -> Markup:
    """Return a plot as an SVG element whose ids begin with a prefix; the same bytes each time."""
    with _style():
        figure = Figure(figsize=picture.size, layout="constrained")
        picture.draw(figure)
        out = StringIO()
        figure.savefig(out, format="svg", metadata=NAMELESS, transparent=True)
    return Markup(_inline(out.getvalue(), picture, prefix))  # noqa: S704 - an XML writer escaped it


@contextmanager
def _style() -> Iterator[None]:
    """Hold matplotlib to its own defaults and the style of a report, whatever the machine's settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def label(text: str) -> str:
    """Return a text that is short enough to stand in a plot."""
    shown = printable(text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def _inline(drawn: str, picture: Picture, prefix: str) -> str:
    """Return an SVG document as an element with a title, ids of its own and the page's colours."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 - matplotlib wrote it a moment ago
    root.remove(next(root.iterfind(f"{{{SVG}}}defs")))  # a style sheet that would reach the whole page
    _rename(root, prefix)
    for attribute in ("width", "height", "version"):
        del root.attrib[attribute]
    root.attrib |= {"role": "img", "aria-labelledby": f"{prefix}-title {prefix}-desc"}
    for place, (tag, text) in enumerate((("title", picture.title), ("desc", picture.description))):
        said = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{prefix}-{tag}"})
        said.text = printable(text)
        root.insert(place, said)
    text = ElementTree.tostring(root, encoding="unicode")
    return text.replace("<ns0:", "<").replace("</ns0:", "</").replace("xmlns:ns0=", "xmlns=")


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Give ids that something refers to a prefix, take the others out, and set the page's colours."""
    text = ElementTree.tostring(root, encoding="unicode")
    for element in root.iter():
        name = element.attrib.pop("id", "")
        if f'"#{name}"' in text or f"url(#{name})" in text:
            element.set("id", f"{prefix}-{name}")
        if target := element.attrib.pop(f"{{{XLINK}}}href", ""):
            element.set("href", f"#{prefix}-{target.removeprefix('#')}")
        if clip := element.get("clip-path"):
            element.set("clip-path", clip.replace("url(#", f"url(#{prefix}-"))
        if style := element.get("style"):
            element.set("style", COLOUR.sub(lambda found: VARIABLES[found[0]], style))
