"""Result files that a request names: refused before anything is read or sent where they could not be written so."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.edge import Edge, is_utf8
from pipeline.errors import ConfigError, OutputError
from pipeline.findings.problems import problems_format
from pipeline.findings.rejects import rejects_path
from pipeline.formats import FORMATS, contradicts_suffix
from pipeline.importer.request import ImportRequest
from pipeline.language.say import say
from pipeline.model import Source
from pipeline.source.read import STDIN
from pipeline.storage.atomic import may_hold_file

__all__ = ["refuse_barred_rejects", "refuse_rejects_files", "refuse_result_files", "refuse_unlike_names"]


def refuse_unlike_names(request: ImportRequest) -> None:
    """Names that do not tell how their list is to be written, and links that have no list."""
    if request.problems is not None:
        problems_format(request.problems)
    if request.created is not None:
        problems_format(request.created, "--created")
    elif request.with_links:
        raise ConfigError(say("--with-links has no file to write to."), say("Add --created FILE."))
    for flag, path in _list_outputs(request).items():
        if not is_utf8(path):
            raise ConfigError(
                say("{flag} {path!a} is not UTF-8.", flag=flag, path=str(path)), say("Name another file.")
            )


def refuse_result_files(request: ImportRequest, files: Sequence[str], edge: Edge) -> None:
    """Result files that would take the place of an input or of one another, or that cannot be written at all."""
    if request.rejects is not None and len(files) > 1:
        raise ConfigError(
            say("--rejects names one file, but there are several inputs."), say("Import them one by one.")
        )
    taken: dict[Path, str] = {
        edge.locate(name).resolve(): say("the input {name}", name=name) for name in request.files if name != STDIN
    }
    for flag, path in _list_outputs(request).items():
        there = edge.locate(path).resolve()
        if there in taken:
            raise ConfigError(
                say("{flag} {path} is also {taken}.", flag=flag, path=path, taken=taken[there]),
                say("Name another file."),
            )
        taken[there] = flag
        if not may_hold_file(edge.locate(path)):
            raise OutputError(
                say("{flag} {path} cannot be written there.", flag=flag, path=path),
                say("Name a file in a folder that exists."),
            )


def refuse_rejects_files(sources: list[Source], request: ImportRequest, edge: Edge) -> None:
    """Rejects files that would take the place of an input or of one another, or whose name would not tell what is in
    them: they are in the input's own format, never compressed. Sources of one file share theirs."""
    taken: dict[Path, str] = {s.path.resolve(): say("the input {name}", name=s.name) for s in sources}
    for source in {s.path: s for s in sources}.values():
        path = rejects_path(source, request.rejects)
        there = edge.locate(path).resolve()
        if there in taken:
            raise ConfigError(
                say(
                    "The rejects of {source} would go to {path}, which is also {taken}.",
                    source=source.name,
                    path=path,
                    taken=taken[there],
                ),
                say("Import them one by one, or rename one."),
            )
        taken[there] = say("the place for the rejects of {source}", source=source.name)
        if contradicts_suffix(path, source.format):
            raise ConfigError(
                say(
                    "--rejects {path} does not say what would be in it: rejects are {format}, not compressed.",
                    path=path,
                    format=source.format,
                ),
                say("Name a file that ends in .{format}.", format=FORMATS[source.format].returned_suffix("")),
            )


def refuse_barred_rejects(sources: Sequence[Source], request: ImportRequest, edge: Edge) -> None:
    """Rejects of an input, where nobody names them, that could not be written beside it: what the API turns away would
    be known only after it was sent."""
    if request.rejects is not None:
        return
    for source in {s.path: s for s in sources}.values():
        path = rejects_path(source, None)
        if not may_hold_file(edge.locate(path)):
            raise OutputError(
                say("The rejects of {source} could not be written to {path}.", source=source.name, path=path),
                say("Nothing was sent. Name a file in a folder that may be written: --rejects FILE."),
            )


def _list_outputs(request: ImportRequest) -> dict[str, Path]:
    """The result files that the user named, by flag."""
    named = {
        "--problems": request.problems,
        "--rejects": request.rejects,
        "--report": request.report,
        "--created": request.created,
        "--plan": request.plan,
    }
    return {flag: path for flag, path in named.items() if path is not None}
