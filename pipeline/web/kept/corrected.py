"""The files that are sent: those that came, with the corrections laid over copies of them."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from pipeline.formats import ReadOptions, detect_format, find_codec
from pipeline.source.columns.meanings import is_known_heading
from pipeline.web.bench.corrections import CorrectionList
from pipeline.web.kept.baskets import Basket
from pipeline.web.kept.disk import keep_on_disk

__all__ = ["build_read_options", "write_corrected"]


def write_corrected(basket: Basket, corrections: CorrectionList, folder: Path) -> dict[str, str]:
    """Write each file of the basket to a folder, in the order they came, with the corrections laid over it.

    The name it has there → its own: a kind of file that nobody writes comes back as another. InputError where a file
    cannot hold a correction, OutputError where the disk takes no more.
    """
    with keep_on_disk(folder):
        return _write_all(basket, corrections, folder)


def _write_all(basket: Basket, corrections: CorrectionList, folder: Path) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in basket.files:
        original = basket.originals / name
        changed = corrections.changed(name)
        target = folder / name
        if changed:
            kind = detect_format(original)
            target = folder / _free_name(kind.returned_name(name), {*names, *basket.files} - {name})
            target.unlink(missing_ok=True)  # which may be the original by another name
            kind.correct(original, kind.look(original, build_read_options(basket)), changed, target)
        else:
            _copy(original, target)
        names[target.name] = name
    return names


def build_read_options(basket: Basket) -> ReadOptions:
    """How the files of a basket are looked at, as an import of them does."""
    said = basket.answers.encoding
    return ReadOptions(find_codec(said) if said else None, None, is_known_heading)


def _free_name(name: str, taken: set[str]) -> str:
    """The name, or with a number where another file of the basket has it: a.xls and a.xlsx both come back as a.xlsx."""
    stem, point, suffix = name.partition(".")
    numbered = (f"{stem}-{number}{point}{suffix}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *numbered) if each not in taken)


def _copy(original: Path, target: Path) -> None:
    """The same file under another name, without its bytes where the disk can do so: nobody writes into either."""
    if target.exists() and original.samefile(target):
        return
    target.unlink(missing_ok=True)
    with suppress(OSError):
        os.link(original, target)
        return
    shutil.copyfile(original, target)
