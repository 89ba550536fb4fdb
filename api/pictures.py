"""The pictures of the manager's guide, drawn from studies that its commands have written.

`python -m api.pictures STUDY.json ...` writes `docs/pictures`; beneath each picture stands the command that made it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from markupsafe import escape

from schemas.study import Study
from simulations.reports.plots.break_even import break_even
from simulations.reports.plots.forest import forest
from simulations.reports.plots.funnel import funnel
from simulations.reports.plots.pareto import pareto
from simulations.reports.plots.picture import Picture, svg
from simulations.reports.plots.tornado import tornado
from simulations.reports.subject import Subject

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pictures"
CANDIDATE: Final = "tighter-retention"
"""The candidate that the guide tells of."""
SHOWN: Final = ("funnel", "forest-customer_value", "tornado", "break-even", "pareto")
DIGITS: Final = len("sha256:") + 12
"""How much of a release is written beneath a picture."""
MARGIN: Final = 10
LINE: Final = 12
"""The height of a line beneath a picture."""
COLOURS: Final = re.compile(r":root \{.*?^\}\n@media \(prefers-color-scheme: dark\) \{.*?^\}\n", re.M | re.S)
SIZE: Final = re.compile(r' viewBox="0 0 ([0-9.]+) ([0-9.]+)"([^>]*)>')
STYLE: Final = """\
svg { color: var(--ink); stroke-linejoin: round; }
text { font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif !important; }
.made-by { fill: var(--quiet); font-size: 8px; }
"""


def pictures(study: Study) -> Iterator[Picture]:
    """Yield the plots of a study that the guide shows."""
    subject = Subject(study)
    drawn = list(pareto(subject))
    for one in study.comparisons:
        if one.candidate == CANDIDATE:
            drawn += funnel(subject)
            drawn += (plot for plots in (forest, tornado, break_even) for plot in plots(subject, one))
    return (plot for plot in drawn if plot.name in SHOWN)


def made_by(study: Study) -> tuple[str, str]:
    """Return the command that made a study, and the releases that it ran on."""
    made = study.reproduction
    releases = (f"{name} {made.releases[name][:DIGITS]}" for name in ("baseline", CANDIDATE) if name in made.releases)
    return made.command, f"leeway {made.leeway}, {', '.join(releases)}"


def standing_alone(picture: Picture, beneath: tuple[str, ...]) -> str:
    """Return a plot as the text of an SVG file: on paper and in colours of its own, with lines of text beneath."""
    drawn = str(svg(picture, picture.name))
    found = SIZE.search(drawn)
    assert found is not None
    width, height = (float(found[place]) + 2 * MARGIN for place in (1, 2))
    whole = height + LINE * len(beneath)
    size = f'width="{width:g}" height="{whole:g}" viewBox="{-MARGIN} {-MARGIN} {width:g} {whole:g}"'
    paper = f'<rect x="{-MARGIN}" y="{-MARGIN}" width="100%" height="100%" style="fill: var(--paper)"/>'
    lines = (
        f'<text class="made-by" x="0" y="{height - MARGIN + LINE * place:g}">{escape(line)}</text>'
        for place, line in enumerate(beneath)
    )
    head = f" {size}{found[3]}><style>{_colours()}{STYLE}</style>{paper}"
    return drawn.replace(found[0], head).replace("</svg>", f"{''.join(lines)}</svg>\n")


def _colours() -> str:
    """Return the colours of a report, in light and in dark."""
    found = COLOURS.search(files("simulations.reports").joinpath("templates/report.css").read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


def main() -> int:
    """Write the pictures of the studies that are named."""
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:]:
        study = Study.model_validate_json(Path(name).read_bytes())
        for picture in pictures(study):
            text = standing_alone(picture, made_by(study))
            (FOLDER / f"{picture.name}.svg").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
