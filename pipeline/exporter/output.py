"""Where the tables of an export go: a folder, one file, an object store, standard output."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from pipeline.edge import PROCESS
from pipeline.errors import ConfigError
from pipeline.exporter.query import LAST
from pipeline.exporter.request import STDOUT, ExportRequest
from pipeline.formats import FORMATS
from pipeline.language.say import say
from pipeline.sink.destination import Destination
from pipeline.sink.object_store import SCHEMES, ObjectStore
from pipeline.sink.retention import require_sets
from pipeline.storage.naming import OutputName, run_day

__all__ = ["Output", "outputs_of"]

_PARQUET = "parquet"

_WRITTEN = {suffix: f.name for f in FORMATS.values() for suffix in f.written_suffixes}
"""Suffixes and the format they stand for."""

_NOT_WRITTEN = frozenset(
    ("xlsx", "xlsm", "xlsb", "xls", "ods", "tsv", "tab", "txt", "json", "xml", "html", "pdf", "feather", "arrow",
     "avro", "orc", "sqlite", "db", "sql", "gz", "zst", "zstd", "bz2", "xz", "zip")
)  # fmt: skip
"""Suffixes of files that hold tables and are none of ours. Any other name with a dot (`out.d`, `v1.2`) is a folder."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where the tables of one resource go, and how.

    `place` is a destination of this machine or a binary stream, which takes the first table only. What goes to an
    object store is made at `place` and sent from there to `cloud`. `append` brings the rows into a Parquet dataset,
    `raw` keeps the pages beside the files.
    """

    place: Destination | BinaryIO
    format: str
    append: bool = False
    raw: bool = False
    cloud: ObjectStore | None = None

    @property
    def dataset(self) -> Path | None:
        """The folder of the dataset the rows are brought into."""
        return self.place.folder if self.append and isinstance(self.place, Destination) else None


def outputs_of(
    request: ExportRequest, started: datetime, run: str, staging: Path, stdout: Callable[[], BinaryIO] = PROCESS.stdout
) -> dict[str, Output]:
    """By resource. The format is --format, else the suffix of a file, else CSV (Parquet to append). ConfigError for
    what cannot be meant."""
    name = OutputName.parsed(request.output)
    scheme, is_address, _ = request.output.partition("://")
    if is_address and scheme not in SCHEMES:
        *others, last = (f"{each}://" for each in SCHEMES)
        raise ConfigError(
            say(
                "{output}: addresses that can be written to begin with {others} and {last}.",
                output=request.output,
                others=", ".join(others),
                last=last,
            ),
            say("For a folder of this machine write its path."),
        )
    if request.keep is not None:
        require_sets(name)
    if request.output == STDOUT:
        _refuse_for_stdout(request)
        return {request.resources[0]: Output(stdout(), request.format or "csv", raw=request.raw)}
    values = {"date": run_day(started), "run": run}
    one = "resource" in name.placeholders
    return {
        resource: _output(request, name.filled({**values, "resource": resource}), staging, one=one)
        for resource in request.resources
    }


def _output(request: ExportRequest, filled: str, staging: Path, *, one: bool) -> Output:
    """The output of one resource, by its name without placeholders; `one`: each resource has a name of its own."""
    folder, file, format_ = _place(request, filled, one=one)
    if not folder.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
        return Output(Destination(Path(folder), file), format_, request.append, request.raw)
    if request.append or request.keep is not None:
        raise ConfigError(say("--append and --keep work in folders of this machine only."), say("Name one with -o."))
    made_in = staging / hashlib.sha256(folder.encode()).hexdigest()[:16]
    return Output(Destination(made_in, file), format_, raw=request.raw, cloud=ObjectStore.parsed(folder))


def _refuse_for_stdout(request: ExportRequest) -> None:
    if len(request.resources) > 1:
        raise ConfigError(say("Only one resource can go to standard output."), say("Name one, or a folder with -o."))
    if request.since == LAST or request.append:
        raise ConfigError(
            say("Standard output cannot tell whether the rows have arrived, and the next export would leave them out."),
            say("Name a folder or a file with -o."),
        )


def _place(request: ExportRequest, filled: str, *, one: bool) -> tuple[str, str | None, str]:
    """Folder, file and format of a name. ConfigError where they contradict each other or the request."""
    folder, _, file = filled.rpartition("/") if "://" in filled else (str(Path(filled).parent), "", Path(filled).name)
    is_folder = "." not in file or filled.endswith("/") or Path(filled).is_dir()
    suffix = "" if is_folder else file.rpartition(".")[2].lower()
    if suffix in _NOT_WRITTEN and suffix not in _WRITTEN:
        raise _not_written(file, suffix)
    if suffix not in _WRITTEN:
        format_ = request.format or (_PARQUET if request.append else "csv")
        if request.append and format_ != _PARQUET:
            raise ConfigError(
                say("--append makes a Parquet dataset, not {format}.", format=format_), say("Drop --format.")
            )
        return filled, None, format_
    if request.append:
        raise ConfigError(say("--append makes a dataset, which is a folder."), say("Name a folder with -o."))
    if len(request.resources) > 1 and not one:
        raise ConfigError(
            say("{filled} is one file, but several resources were asked for.", filled=filled),
            say("Name a folder with -o."),
        )
    if request.format not in (None, _WRITTEN[suffix]):
        raise ConfigError(
            say("{filled} says {suffix}, --format says {format}.", filled=filled, suffix=suffix, format=request.format),
            say("Make the two agree."),
        )
    return folder, file, _WRITTEN[suffix]


def _not_written(file: str, suffix: str) -> ConfigError:
    names = [f".{f.written_suffixes[0]}" for f in FORMATS.values()]
    return ConfigError(
        say(
            "{file}: gigbulk writes {names} and {names2}, not .{suffix}.",
            file=file,
            names=", ".join(names[:-1]),
            names2=names[-1],
            suffix=suffix,
        ),
        say("Give the file one of these suffixes; for a folder of that name write {file}/.", file=file),
    )
