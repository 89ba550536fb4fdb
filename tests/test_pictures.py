"""The pictures of the manager's guide stand alone, and say what made them."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from studies import compared, comparison, tuned

from api.pictures import CANDIDATE, FOLDER, SHOWN, made_by, pictures, standing_alone
from schemas.study import Study

DRAWN = sorted(FOLDER.glob("*.svg"))
TEXT = "{http://www.w3.org/2000/svg}text"


def test_every_picture_that_is_shown_is_drawn() -> None:
    assert {path.stem for path in DRAWN} == set(SHOWN)


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_a_picture_names_its_command_and_stands_in_the_guide(path: Path) -> None:
    lines = [line.text or "" for line in ElementTree.parse(path).iter(TEXT)]
    guide = (FOLDER.parent / "guide-managers.md").read_text(encoding="utf-8")
    command = next(line for line in lines if line.startswith("leeway "))
    assert command in re.sub(r" \\\n +", " ", guide)
    assert f"(pictures/{path.name})" in guide
    assert path.stat().st_size < 200_000


@pytest.mark.parametrize("given", [compared(comparison(CANDIDATE)), tuned()], ids=["compared", "tuned"])
def test_a_study_is_drawn_with_what_made_it_beneath(given: Study) -> None:
    drawn = list(pictures(given))
    assert drawn
    for picture in drawn:
        text = standing_alone(picture, made_by(given))
        lines = [line.text for line in ElementTree.fromstring(text).iter(TEXT)]
        assert lines[-2:] == list(made_by(given))
        assert "prefers-color-scheme: dark" in text
