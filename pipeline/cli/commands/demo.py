"""`gigbulk demo`: everything against the embedded sandbox, without a key and without a question."""

import shutil
from dataclasses import replace
from pathlib import Path

import click

from pipeline.cli.command import build_sandbox, build_settings, command
from pipeline.cli.summary import show_summary
from pipeline.cli.terminal import Terminal
from pipeline.errors import OutputError
from pipeline.language.causes import os_cause
from pipeline.language.names import name_word
from pipeline.language.say import say
from schemas import RESOURCE_NAMES

__all__ = ["demo_command"]

_IMPORTED = (
    "clients.csv",
    "clientes_erp.csv",
    "services.csv",
    "payments.csv",
    "payments.jsonl",
    "clients_mistakes.csv",
    "payments_mistakes.csv",
)
_SHOWN = 3


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            say("{path} cannot be made: {cause}.", path=path, cause=os_cause(error)),
            say("Name another folder with -o."),
        ) from error
    return path


@command("demo", short_help="See it work: samples in, everything out, no key, no network.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), default="gigbulk-demo", show_default=True,
    help="Where the files of the demo go.",
)  # fmt: skip
def demo_command(terminal: Terminal, profile: str | None, output: Path) -> int:
    """Start the embedded sandbox API, import the sample files, export everything back.

    \b
    Example:
      gigbulk demo -o demo/
    """
    from pipeline.cli.caller import call_from
    from pipeline.cli.samples import find_samples
    from pipeline.exporter.flow import export_resources
    from pipeline.exporter.request import ExportRequest
    from pipeline.importer.flow import ImportRequest, import_files
    from pipeline.storage.scratch import scratch

    own = build_settings(terminal, None)
    playing = build_sandbox(own.dialect)
    inputs, exports = _folder(output / "samples"), _folder(output / "exports")
    for name in _IMPORTED:
        shutil.copyfile(find_samples() / name, inputs / name)
    problems, report = output / "problems.csv", output / "report.html"
    with scratch() as state, playing as sandbox:
        settings = replace(
            own, api_key="demo", base_url=sandbox.base_url, account="demo", state_dir=state, journal=None
        )
        files = tuple(str(inputs / name) for name in _IMPORTED)
        request = ImportRequest(files, problems=problems, report=report, yes=True)
        result = import_files(request, settings, call_from(terminal))
        wanted = ExportRequest(RESOURCE_NAMES, str(exports))
        exported = export_resources(wanted, settings, terminal)
    code = 0 if result.exit_code in (0, 1) and exported.complete else max(result.exit_code, exported.exit_code)
    show_summary(
        terminal,
        result,
        more={"command": "demo", "exit_code": code, "export": exported.as_dict()["resources"], "folder": str(output)},
    )
    terminal.show()
    terminal.show(say("{shown} of the rejected records:", shown=_SHOWN))
    step = max(1, len(result.examples) // _SHOWN)
    for example in result.examples[::step][:_SHOWN]:
        terminal.show(
            say("  {file}, line {line}, {column}: {message}", **{**example, "file": Path(str(example["file"])).name})
        )
        terminal.show(f"      {example['advice']}")
    terminal.show()
    rows = [
        [name_word(name), f"{e.rows:,}", ", ".join(p.name for p in e.files.values())]
        for name, e in exported.resources.items()
    ]
    terminal.table([say("exported"), say("rows"), say("files")], rows)
    terminal.show(
        say(
            "Files: {inputs} (input, rejects), {exports} (exported), {problems}, {report}",
            inputs=inputs,
            exports=exports,
            problems=problems,
            report=report,
        )
    )
    return code
