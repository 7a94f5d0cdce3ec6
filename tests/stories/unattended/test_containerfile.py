"""The container recipe: no root, no secret, nothing unpinned; and what it copies is enough to build and run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """(instruction, rest) with continued lines joined and comments left out."""
    lines = [
        line for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for each in instructions():
        if each[0] == "FROM":
            found.append([])
        if found:
            found[-1].append(each)
    return found


def of(kind: str, among: list[Instruction]) -> list[str]:
    return [rest for word, rest in among if word == kind]


def copied() -> list[str]:
    """What is copied from the folder of the project."""
    return [source for rest in of("COPY", instructions()) if "--from" not in rest for source in rest.split()[:-1]]


def variables() -> dict[str, str]:
    pairs = [pair.split("=", 1) for rest in of("ENV", stages()[-1]) for pair in shlex.split(rest)]
    return {pair[0]: pair[1] for pair in pairs}


def test_it_runs_as_a_numbered_user_without_privileges() -> None:
    """A number, because a cluster that refuses root cannot see who a name is."""
    (user,) = of("USER", stages()[-1])
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    last = [word for word, _ in stages()[-1]]
    assert "RUN" not in last[last.index("USER") :]


def test_the_state_folder_is_a_volume_of_that_user_and_nothing_else_needs_to_be_written() -> None:
    (volume,) = of("VOLUME", stages()[-1])
    state = variables()["GIGBULK_STATE_DIR"]
    assert volume == f'["{state}"]' and variables()["HOME"] == state
    assert variables()["PYTHONDONTWRITEBYTECODE"] == "1"
    uid = of("USER", stages()[-1])[0].split(":")[0]
    assert any(f"-m 0700 -o {uid} -g {uid} {state}" in run for run in of("RUN", stages()[-1]))


def test_the_process_itself_receives_signals_and_flags() -> None:
    assert of("ENTRYPOINT", stages()[-1]) == ['["gigbulk"]']
    assert of("STOPSIGNAL", stages()[-1]) == ["SIGTERM"]


def test_everything_installed_is_pinned_by_hash_or_built_here() -> None:
    installs = [part for run in of("RUN", instructions()) for part in run.split("&&") if "pip install" in part]
    assert installs
    for install in installs:
        assert "--require-hashes -r requirements" in install or "--no-deps --no-index /wheel/" in install, install
    assert all("apt" not in run and "curl" not in run for run in of("RUN", instructions()))


def test_no_secret_is_in_the_image_or_can_come_into_it() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert not re.search(r"API_KEY|SECRET|TOKEN|PASSWORD|\bsk_|eyJ", text)
    assert not any(source in (".", "./", "*") for source in copied())
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed == set(copied())


@pytest.mark.slow
def test_what_is_copied_is_enough_to_build_a_wheel_that_runs_the_demo(tmp_path: Path) -> None:
    """The commands of the recipe on this machine, but for the two environments it makes."""
    source, wheel, installed = tmp_path / "src", tmp_path / "wheel", tmp_path / "installed"
    source.mkdir()
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.rejects.*"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheel), "."]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (made,) = wheel.glob("gigbulk-*.whl")
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(installed), str(made)]
    subprocess.run(install, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "demo", "-o", str(tmp_path / "demo")], cwd=tmp_path, text=True,
        capture_output=True, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo" / "exports" / "clients.csv").exists()
