"""A pytest plugin for `make cov`: what a test starts with an environment of its own is measured, too.

    coverage run -m pytest -p scripts.measured_children

Coverage reaches a child by an environment variable, and many tests give a child just the variables it needs, so that
nothing of this machine gets in. This one gets in all the same.
"""

import os
import subprocess
from typing import Any

VARIABLE = "COVERAGE_PROCESS_CONFIG"

_started: Any = subprocess.Popen.__init__


def _measured(self: subprocess.Popen[Any], *words: Any, env: Any = None, **more: Any) -> None:
    if env is not None and VARIABLE in os.environ:
        env = {**env, VARIABLE: os.environ[VARIABLE]}
    _started(self, *words, env=env, **more)


def pytest_configure() -> None:
    """In the workers of pytest-xdist as well: they are given the same plugins."""
    subprocess.Popen.__init__ = _measured  # type: ignore[method-assign]
