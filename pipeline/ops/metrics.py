"""The last run as a Prometheus textfile, for the textfile collector of node_exporter.

One file a task: `task="nightly"` is the stem of `nightly.prom`, so that several tasks share a folder without the same
series standing in two files, which the collector refuses. `gigbulk_last_success_timestamp_seconds` outlives failures:
an alert on its age notices a task that fails and one that no longer runs.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.fates import COUNTED, PLANNED_ONLY
from pipeline.language.say import say
from pipeline.storage.atomic import replace_atomically

__all__ = ["metrics_path", "write_metrics"]

_SUFFIX = ".prom"
"""The collector reads no other; the temporary file beside it has another."""

_HELP = {
    "gigbulk_last_run_timestamp_seconds": "When the last run ended.",
    "gigbulk_last_success_timestamp_seconds": "When a run last ended with exit code 0.",
    "gigbulk_last_run_duration_seconds": "How long the last run took.",
    "gigbulk_last_run_exit_code": "Exit code of the last run; 0 is all done.",
    "gigbulk_last_run_rows": "Rows the last export read.",
    "gigbulk_last_run_pages": "Pages the last export read.",
    "gigbulk_last_run_complete": "1 when the last export is proven complete, else 0.",
    "gigbulk_last_run_records": "Records of the last import by fate.",
}

_Sample = tuple[str, dict[str, str], float]


def metrics_path(text: Path) -> Path:
    """The path itself. ConfigError when the collector would not read such a file."""
    if text.suffix != _SUFFIX:
        raise ConfigError(
            say("--metrics {text}: the textfile collector reads only *{suffix}.", text=text, suffix=_SUFFIX),
            say("Name it {stem}{suffix}.", stem=text.stem, suffix=_SUFFIX),
        )
    return text


def write_metrics(path: Path, result: Mapping[str, Any], *, exit_code: int, seconds: float, ended: datetime) -> None:
    """Put the metrics of a run into place, whole. `result` is the result object, or what is known of it.

    OutputError when the file cannot be written; what stood there before stands there still.
    """
    task = {"task": path.name.removesuffix(_SUFFIX), "command": str(result.get("command", ""))}
    samples = [*_of_the_run(path, task, exit_code, seconds, ended.timestamp()), *_of_the_rows(task, result)]
    with replace_atomically(path) as temporary:
        temporary.write_text(_text(samples), encoding="utf-8")


def _of_the_run(path: Path, task: dict[str, str], exit_code: int, seconds: float, ended: float) -> Iterator[_Sample]:
    yield "gigbulk_last_run_timestamp_seconds", task, ended
    success = ended if exit_code == 0 else _last_success(path)
    if success is not None:
        yield "gigbulk_last_success_timestamp_seconds", task, success
    yield "gigbulk_last_run_duration_seconds", task, round(seconds, 3)
    yield "gigbulk_last_run_exit_code", task, exit_code


def _of_the_rows(task: dict[str, str], result: Mapping[str, Any]) -> Iterator[_Sample]:
    for resource, counts in result.get("resources", {}).items():
        labels = {**task, "resource": resource}
        for name in ("rows", "pages", "complete"):
            if name in counts:
                yield f"gigbulk_last_run_{name}", labels, int(counts[name])
        for fate in (*COUNTED, PLANNED_ONLY):
            if fate in counts:
                yield "gigbulk_last_run_records", {**labels, "fate": fate}, counts[fate]


def _text(samples: list[_Sample]) -> str:
    """The text format, version 0.0.4: all samples of a metric together, below its help."""
    lines = []
    for name, help_ in _HELP.items():
        found = [(labels, value) for metric, labels, value in samples if metric == name]
        if found:
            lines += [f"# HELP {name} {help_}", f"# TYPE {name} gauge"]
            lines += [f"{name}{{{_labels(labels)}}} {value}" for labels, value in found]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


_SUCCESS = re.compile(r"^gigbulk_last_success_timestamp_seconds\{.*\} ([0-9.]+)$", re.MULTILINE)


def _last_success(path: Path) -> float | None:
    try:
        found = _SUCCESS.search(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return float(found[1]) if found else None
