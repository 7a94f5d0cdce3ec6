"""What the name of an output means: for each resource a sink, a format, or a mistake that is said."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.exporter.query import LAST
from pipeline.exporter.request import ExportRequest
from pipeline.formats import FOR_EXCEL, FORMATS, USUAL, format_of_suffix
from pipeline.language.say import say
from pipeline.sink.dataset import FORMAT as DATASET
from pipeline.sink.open import PATH, SCHEMES, STDOUT, open_sink
from pipeline.sink.retention import require_sets
from pipeline.sink.spec import Sink, Target
from pipeline.storage.naming import OutputName, run_day

__all__ = ["Place", "open_sinks", "place_output"]

_NOT_WRITTEN = frozenset(
    ("xlsm", "xlsb", "xls", "ods", "tsv", "tab", "txt", "json", "xml", "html", "pdf", "feather", "arrow",
     "avro", "orc", "sqlite", "db", "sql", "gz", "zst", "zstd", "bz2", "xz", "zip")
)  # fmt: skip
"""Suffixes of files that hold tables and that no export writes, though some are read. Any other name with a dot
(`out.d`, `v1.2`) is a folder."""


def open_sinks(request: ExportRequest, started: datetime, run: str, staging: Path, edge: Edge) -> dict[str, Sink]:
    """By resource. The format is --format, else the suffix of a file, else CSV (Parquet to append). A path begins in
    the edge's folder, whose standard output `-` is. ConfigError for what cannot be meant."""
    name = OutputName.parsed(request.output)
    scheme = _scheme_of(request)
    if request.keep is not None:
        require_sets(name)
    if scheme == STDOUT:
        _refuse_for_stdout(request)
    elif scheme != PATH:
        _refuse_for_address(request)
    values = {"date": run_day(started), "run": run}
    one = "resource" in name.placeholders
    base = edge.folder() if scheme == PATH and not Path(request.output).is_absolute() else None
    sinks: dict[str, Sink] = {}
    for resource in request.resources:
        filled = name.filled({**values, "resource": resource})
        folder, file, format_ = place_output(
            request, filled, one=one, is_there=scheme == PATH and edge.locate(filled).is_dir()
        )
        target = Target(
            scheme, str(edge.locate(folder)) if scheme == PATH else folder, file, _writer_of(request, format_), staging,
            edge.stdout, request.append, request.with_links, base,
        )  # fmt: skip
        sinks[resource] = open_sink(target)
    return sinks


def _scheme_of(request: ExportRequest) -> str:
    """What the name of an output begins with, as SINKS knows it. ConfigError for an address that is none of ours."""
    if request.output == STDOUT:
        return STDOUT
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
    return scheme if is_address else PATH


def _refuse_for_stdout(request: ExportRequest) -> None:
    if len(request.resources) > 1:
        raise ConfigError(say("Only one resource can go to standard output."), say("Name one, or a folder with -o."))
    if request.since == LAST or request.append:
        raise ConfigError(
            say("Standard output cannot tell whether the rows have arrived, and the next export would leave them out."),
            say("Name a folder or a file with -o."),
        )


def _refuse_for_address(request: ExportRequest) -> None:
    if request.append or request.keep is not None:
        raise ConfigError(say("--append and --keep work in folders of this machine only."), say("Name one with -o."))


class Place(NamedTuple):
    """Where a resource goes: the folder, the file in it that was named (None: a folder was), the format."""

    folder: str
    file: str | None
    format: str


def place_output(request: ExportRequest, filled: str, *, one: bool, is_there: bool) -> Place:
    """What a name means once its placeholders are filled. `one`: each resource has a name of its own; `is_there`: a
    folder of that name. ConfigError where the name contradicts itself or the request."""
    if filled == STDOUT:
        return Place(filled, None, request.format or USUAL)
    folder, _, file = filled.rpartition("/") if "://" in filled else (str(Path(filled).parent), "", Path(filled).name)
    is_folder = "." not in file or filled.endswith("/") or is_there
    suffix = "" if is_folder else file.rpartition(".")[2].lower()
    written = _written_as(suffix)
    if written is None and suffix in _NOT_WRITTEN:
        raise _not_written(file, suffix)
    if written is None:
        return Place(filled, None, _format_in_folder(request))
    _refuse_for_file(request, filled, suffix, written, one=one)
    return Place(folder, file, written)


def _format_in_folder(request: ExportRequest) -> str:
    """No name says it: --format does, or what is usual."""
    format_ = request.format or (DATASET if request.append else USUAL)
    if request.append and format_ != DATASET:
        raise ConfigError(say("--append makes a Parquet dataset, not {format}.", format=format_), say("Drop --format."))
    return format_


def _refuse_for_file(request: ExportRequest, filled: str, suffix: str, written: str, *, one: bool) -> None:
    if request.append:
        raise ConfigError(say("--append makes a dataset, which is a folder."), say("Name a folder with -o."))
    if len(request.resources) > 1 and not one:
        raise ConfigError(
            say("{filled} is one file, but several resources were asked for.", filled=filled),
            say("Name a folder with -o."),
        )
    if request.format not in (None, written):
        raise ConfigError(
            say("{filled} says {suffix}, --format says {format}.", filled=filled, suffix=suffix, format=request.format),
            say("Make the two agree."),
        )


def _written_as(suffix: str) -> str | None:
    """The name of the format that files of a suffix are written in, if there is one."""
    said = format_of_suffix(suffix)
    return None if said is None or suffix not in said.written_suffixes else said.name


def _writer_of(request: ExportRequest, format_: str) -> str:
    """The name of what writes a format, in WRITERS. ConfigError for a form of CSV that is asked of another format."""
    if not request.excel:
        return format_
    if format_ not in FOR_EXCEL:
        raise ConfigError(
            say("--excel makes CSV for Excel, and this export is {format}.", format=format_),
            say("Drop --excel: a workbook needs none of it."),
        )
    return FOR_EXCEL[format_]


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
