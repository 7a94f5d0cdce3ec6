"""What others wrote and the page carries: named, unchanged, in the wheel, and nothing beside it."""

import hashlib
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "pipeline" / "web" / "static"
OWN = {"VENDORED.md", "page.css", "page.js"}


def vendored() -> dict[str, str]:
    """File → hash, as the list beside them says."""
    rows = [line.split("|") for line in (STATIC / "VENDORED.md").read_text().splitlines() if line.count("|") == 5]
    return {row[1].strip(): row[4].strip() for row in rows[2:]}


def test_every_file_of_others_is_listed_with_its_hash_and_has_it() -> None:
    listed = vendored()
    assert set(listed) == {path.name for path in STATIC.iterdir()} - OWN
    assert listed == {name: hashlib.sha256((STATIC / name).read_bytes()).hexdigest() for name in listed}


def test_its_licence_lies_beside_it() -> None:
    assert "Zero-Clause BSD" in (STATIC / "htmx-LICENSE.txt").read_text("utf-8")


def test_a_wheel_holds_what_the_page_is_made_of(tmp_path: Path) -> None:
    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(wheel) as built:
        held = set(built.namelist())
    web = ROOT / "pipeline" / "web"
    made_of = [path for folder in ("static", "templates") for path in (web / folder).rglob("*") if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in made_of} <= held
