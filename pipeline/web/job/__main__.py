"""`python -m pipeline.web.job FOLDER [BASKET]`: settings on standard input, the result in FOLDER/result.json.

Its process stands in FOLDER/pid before anything else is done.

The result is what `--json` prints; of a job that could not go on, what was done before, with `error` and `hint`.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from pipeline.edge import PROCESS, Edge
from pipeline.errors import PipelineError
from pipeline.storage.atomic import replace_atomically
from pipeline.web.bench.desk import describe_error
from pipeline.web.handed_over import read_settings
from pipeline.web.job.steps import JOB_STEPS, JobCall
from pipeline.web.jobs import write_process
from pipeline.web.kept.baskets import Baskets
from pipeline.web.mistakes import watch_mistakes

_LOG = logging.getLogger("gigbulk.web")
_NOTHING_DONE: dict[str, Any] = {"status": "failed", "run": None, "resources": {}, "outputs": {}}


def main(folder: Path, basket: Path | None, edge: Edge = PROCESS) -> None:
    """Do what is asked, and write down how it ended."""
    watch_mistakes(lambda _, where: _LOG.log(logging.ERROR, "%s", where))  # no result: it can be resumed
    write_process(folder, os.getpid())
    settings = read_settings(edge.stdin())
    job = JobCall(folder, settings, Baskets(basket.parent).open(basket.name) if basket else None)
    try:
        result: dict[str, Any] = JOB_STEPS[job.asked.step](job)
    except PipelineError as error:
        told = describe_error(error, settings.lang)
        result = _NOTHING_DONE | (error.result or {}) | told | {"error": told["message"]}
    with replace_atomically(folder / "result.json") as temporary:
        temporary.write_bytes(msgspec.json.encode(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
