"""The pictures of the manager's guide stand alone, and say what made them."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from studies import study

from api.pictures import CANDIDATE, FOLDER, SHOWN, made_by, pictures, standing_alone

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


def test_a_study_is_drawn_with_its_command_and_releases_beneath() -> None:
    given = study()
    first = given.comparisons[0].model_copy(update={"candidate": CANDIDATE})
    renamed = given.model_copy(update={"comparisons": (first,)})
    drawn = {picture.name: standing_alone(picture, made_by(renamed)) for picture in pictures(renamed)}
    assert set(drawn) <= set(SHOWN)
    for text in drawn.values():
        assert made_by(renamed)[0] in [line.text for line in ElementTree.fromstring(text).iter(TEXT)]
        assert "prefers-color-scheme: dark" in text
