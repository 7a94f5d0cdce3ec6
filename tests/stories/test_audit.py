"""`make audit`: an audit that did not take place is never a clean one; and the list of what an installation holds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.audit import CLEAN, NOT_AUDITED, VULNERABLE, judged

ROOT = Path(__file__).parents[2]
SAFE = {"name": "click", "version": "8.5.1", "vulns": []}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (15.0.0)"}
FLAWED = {
    "name": "idna",
    "version": "3.6",
    "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": ["CVE-2024-3651"], "description": "slow"}],
}


def answered(*packages: dict[str, Any]) -> tuple[int, str]:
    """Judgement of an answer as pip-audit 2.10 gives it."""
    return judged(json.dumps({"dependencies": packages, "fixes": []}), "", "pypi")


def test_an_answer_for_every_package_without_a_vulnerability_is_clean() -> None:
    assert answered(SAFE) == (CLEAN, "pypi knows no vulnerability of the 1 packages.")


def test_a_vulnerability_is_named_with_the_version_that_corrects_it() -> None:
    assert answered(SAFE, FLAWED) == (VULNERABLE, "idna 3.6: PYSEC-2024-60, corrected in 3.7")


def test_a_service_that_knows_none_of_the_packages_is_no_service() -> None:
    """pip-audit itself ends with 0 here, and says that there are no known vulnerabilities."""
    code, said = answered(UNKNOWN)
    assert code == NOT_AUDITED
    assert "could not reach its service" in said


def test_a_package_the_service_does_not_know_leaves_the_audit_incomplete() -> None:
    assert answered(SAFE, UNKNOWN) == (NOT_AUDITED, "The audit is not complete: pypi does not know rich.")
    code, said = answered(FLAWED, UNKNOWN)
    assert code == VULNERABLE
    assert "idna" in said and "rich" in said


def test_without_network_the_audit_fails_and_says_so_in_one_sentence(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"  # nothing listens on the port of `discard`
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "audit.py")], capture_output=True, text=True, check=False, timeout=100,
        # a cache of its own, so that no earlier answer stands in for the service
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere},
    )  # fmt: skip
    assert done.returncode == NOT_AUDITED, done.stdout + done.stderr
    assert done.stdout.startswith("The audit could not reach its service (pypi), so nothing was audited: ")
    assert done.stdout.count("\n") == 1


def test_the_list_of_what_an_installation_holds_is_that_of_the_lock_file(tmp_path: Path) -> None:
    made = tmp_path / "dist" / "sbom.cdx.json"
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "cyclonedx_py requirements requirements.lock" in recipe
    made.parent.mkdir()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.lock", "-o", str(made)],
        cwd=ROOT, check=True, timeout=100,
    )  # fmt: skip
    listed = {(part["name"], part["version"]) for part in json.loads(made.read_text(encoding="utf-8"))["components"]}
    locked = re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == set(locked)
