"""The repository itself: its packages, its lock files and what its files may name."""

import os
import re
import subprocess
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "engine", "schemas", "simulations")
LOCKS = ("requirements-build.txt", "requirements.txt", "requirements-test.txt")
INDEX_OPTION = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|-i\s+\S+://|\S+ @ \S+:")
REGISTRY_HOST = re.compile("|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "https?://" + "pypi")))


def listed_files() -> list[Path]:
    """Return every file that is tracked, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in listing.split("\0") if name)
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def pinned(lock: str) -> list[str]:
    """Return the requirements of a lock file, each with the hashes that follow it."""
    text = (ROOT / lock).read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def release(requirement: str) -> str:
    """Return `name==version` of a locked requirement."""
    return requirement.split(maxsplit=1)[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_dependency_ships_a_package_of_our_name(package: str) -> None:
    assert set(packages_distributions()[package]) == {"leeway"}


@pytest.mark.parametrize("folder", ["api", "tests"])
def test_no_module_is_named_like_a_top_level_package(folder: str) -> None:
    names = {path.stem for path in (ROOT / folder).iterdir() if path.suffix == ".py" or path.is_dir()}
    assert names & packages_distributions().keys() == set()


def test_tests_lie_flat_and_are_no_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    assert [path.name for path in (ROOT / "tests").glob("*/**/test_*.py")] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_dependency_with_hashes(lock: str) -> None:
    pin = re.compile(r"[a-z0-9-]+==[^\s;]+( ; [^\\]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+")
    assert [requirement for requirement in pinned(lock) if not pin.fullmatch(requirement)] == []


def test_tests_run_on_the_releases_that_are_shipped() -> None:
    shipped = {release(requirement) for requirement in pinned("requirements.txt")}
    assert shipped <= {release(requirement) for requirement in pinned("requirements-test.txt")}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_install_from(lock: str) -> None:
    assert INDEX_OPTION.search((ROOT / lock).read_text()) is None


def test_no_file_names_a_registry() -> None:
    named = [path for path in listed_files() if REGISTRY_HOST.search(path.read_text(errors="replace"))]
    assert named == []


def test_continuous_integration_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
