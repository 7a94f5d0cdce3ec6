"""`python -m pipeline.web.bench FOLDER LANG`: settings on the first line of standard input, then one question a line.

A question is {"verb": name, ...its arguments}; the answer {"ok": value}, or {"error": {...}} as `describe_error` gives
it. While files are checked, lines {"progress": {...}} come before the answer. It ends when standard input does, and
with a line {"mistake": {...}} where something of ours is wrong.
"""

import sys
from pathlib import Path

import msgspec

from pipeline.edge import PROCESS, Edge
from pipeline.errors import PipelineError
from pipeline.web.bench.desk import VERBS, Desk, describe_error
from pipeline.web.handed_over import read_settings
from pipeline.web.kept.baskets import Baskets
from pipeline.web.kept.disk import describe_disk_error, is_of_disk
from pipeline.web.mistakes import watch_mistakes


def main(folder: Path, edge: Edge = PROCESS) -> None:
    """Answer until nobody asks any more."""
    asked, out = edge.stdin(), edge.stdout()
    settings = read_settings(asked)

    def tell(line: object) -> None:
        out.write(msgspec.json.encode(line) + b"\n")
        out.flush()

    watch_mistakes(lambda name, where: tell({"mistake": {"name": name, "where": where}}))
    with Desk(Baskets(folder.parent), folder.name, settings, lambda told: tell({"progress": told})) as desk:
        for line in asked:
            question = msgspec.json.decode(line)
            try:
                tell({"ok": VERBS[question.pop("verb")](desk, **question)})
            except PipelineError as error:
                tell({"error": describe_error(error, settings.lang)})
            except OSError as error:
                if not is_of_disk(error):
                    raise
                tell({"error": describe_error(describe_disk_error(error, folder), settings.lang)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
