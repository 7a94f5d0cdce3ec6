"""Which of the exports a name with placeholders made are kept, and which are removed.

A set is what one run left at one place: the manifest, and the files that manifest names. Nothing else is ever
removed: no file that stands in no manifest, no link or what it leads to, no folder that is not empty by then, and
nothing whose path the name could not have made.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.events import Events
from pipeline.language.causes import os_cause
from pipeline.language.say import Said, say, say_count
from pipeline.sink.destination import Destination
from pipeline.sink.manifest import holds_all, read_manifest
from pipeline.storage.naming import OutputName

__all__ = ["MadeSet", "find_outdated", "keep_newest", "remove_set", "require_sets"]

_ORDER = ("date", "run")


@dataclass(frozen=True, slots=True)
class MadeSet:
    """One set on disk. `stamp` (date, run) sorts by time; `target` is the file or folder that `-o` would have named.

    `files` are the regular files its manifest names, the manifest last; `folders` those that may be empty after it.
    `place` is the target as the user would write it.
    """

    stamp: tuple[str, ...]
    target: Path
    place: Path
    complete: bool
    files: tuple[Path, ...]
    folders: tuple[Path, ...]

    def describe(self) -> Said:
        """Where it lies, of how many files it is, and whether it is whole."""
        files = say_count("{count:,} file", "{count:,} files", len(self.files))
        if self.complete:
            return say("{place} ({files})", place=self.place, files=files)
        return say("{place} ({files}, incomplete)", place=self.place, files=files)


def require_sets(name: OutputName) -> None:
    """ConfigError when the runs of a name cannot be told apart, so that there is nothing to keep 14 of."""
    if not name.placeholders & set(_ORDER):
        raise ConfigError(
            say("--keep needs {date} or {run} in -o: else every run replaces the one before."),
            say("For example: -o 'exports/{date}' --keep 14"),
        )


def keep_newest(
    name: OutputName, keep: int, written: Mapping[str, Destination], events: Events, *, dry_run: bool = False
) -> None:
    """Remove what is older than the `keep` newest sets of each resource just written, and say so.

    To be called when the export is complete. What cannot be removed is a warning. A dry run only says what would go.
    """
    names = {name.bound("resource", resource).text: destination for resource, destination in written.items()}
    for text, destination in names.items():
        place = destination.folder / (destination.file or "")
        as_file = destination.file is not None
        found = find_outdated(OutputName.parsed(text), as_file=as_file, keep=keep, written=place, base=destination.base)
        for made in found:
            if dry_run:
                events.note(
                    say("Would be removed, older than the {keep} newest: {made}", keep=keep, made=made.describe())
                )
                continue
            trouble = remove_set(made)
            if trouble is None:
                events.note(say("Removed, older than the {keep} newest: {made}", keep=keep, made=made.describe()))
            else:
                events.warn(trouble)


def find_outdated(
    name: OutputName, *, as_file: bool, keep: int, written: Path, base: Path | None = None
) -> list[MadeSet]:
    """The sets older than the `keep` newest complete ones, oldest first; never the one at `written`.

    `name` has no {resource} any more. `as_file` says that it names files, not folders, and `base` from where it was
    written (sink.destination.Destination).
    An incomplete set counts for nothing: however often a run fails, the last good ones stay.
    """
    made = sorted(_made(name, as_file, base), key=lambda m: m.stamp)
    good = [m.stamp for m in made if m.complete]
    if keep < 1 or len(good) < keep:
        return []
    oldest_kept = good[-keep]
    return [m for m in made if m.stamp < oldest_kept and not _same(m.target, written)]


def remove_set(made: MadeSet) -> Said | None:
    """Remove the files of a set, its manifest last, and its folders if empty. The sentence to warn with, or None."""
    for path in made.files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            return say(
                "{path} could not be removed: {cause}. Remove {place} yourself.",
                path=path,
                cause=os_cause(error),
                place=made.place,
            )
    for folder in made.folders:
        with suppress(OSError):  # not empty: what is in it is not ours
            folder.rmdir()
    return None


def _made(name: OutputName, as_file: bool, base: Path | None) -> Iterator[MadeSet]:
    """Every set the name made, found by its manifest."""
    path = Path(name.text)
    place = Destination(path.parent, path.name, base) if as_file else Destination(path, base=base)
    fixed, *patterns = _steps(place.manifest)
    for found, values in _matching((base or Path()).joinpath(*fixed), patterns, {}):
        try:
            stamp = tuple(values.get(part, "") for part in _ORDER)
            if values.get("date"):
                date.fromisoformat(values["date"])
            known = read_manifest(found)
        except (ValueError, OSError):
            continue
        entries = [*known["exports"].values(), *known["incomplete"].values()]
        files = [*dict.fromkeys(_named_files(found.parent, entries))]
        if entries or known["attempts"]:
            target = found.with_name(found.name.removesuffix(".manifest.json")) if as_file else found.parent
            raw = [file.parent for file in files if file.parent != found.parent]
            varying = [found.parents[i] for i in range(len(patterns) - 1)]
            empty = (*dict.fromkeys(raw), *varying)
            yield MadeSet(stamp, target, place.shown(target), holds_all(known), (*files, found), empty)


def _steps(manifest: Path) -> tuple[tuple[str, ...], *tuple[OutputName, ...]]:
    """The folders above the first placeholder, and a name to match for each step from there."""
    names = [OutputName.parsed(part) for part in manifest.parts]
    first = next(i for i, name in enumerate(names) if name.placeholders)
    return tuple(name.filled({}) for name in names[:first]), *names[first:]


def _matching(
    folder: Path, names: list[OutputName], values: Mapping[str, str]
) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Regular files below `folder` whose path matches name by name, links never followed."""
    name, *below = names
    pattern = name.pattern()
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        match = pattern.fullmatch(entry.name)
        if match is None or any(values.get(k, v) != v for k, v in match.groupdict().items()):
            continue
        known = {**values, **match.groupdict()}
        if below and entry.is_dir(follow_symlinks=False):
            yield from _matching(Path(entry.path), below, known)
        elif not below and entry.is_file(follow_symlinks=False):
            yield Path(entry.path), known


def _named_files(folder: Path, entries: Iterable[Any]) -> Iterator[Path]:
    """The files and raw pages a manifest names, as far as they are plain files right beside it."""
    for entry in entries:
        listed = entry.get("files") if isinstance(entry, dict) else None
        for file in listed.values() if isinstance(listed, dict) else ():
            path = _beside(folder, file.get("file") if isinstance(file, dict) else None)
            if path is not None and path.is_file() and not path.is_symlink():
                yield path
        raw = _beside(folder, entry.get("raw") if isinstance(entry, dict) else None)
        if raw is not None and raw.is_dir() and not raw.is_symlink():
            yield from (page for page in sorted(raw.glob("page-*.json")) if page.is_file() and not page.is_symlink())


def _beside(folder: Path, name: Any) -> Path | None:
    """The path of a name that leads nowhere else, whatever a manifest says."""
    return folder / name if isinstance(name, str) and name and Path(name).name == name else None


def _same(one: Path, other: Path) -> bool:
    return os.path.normpath(one) == os.path.normpath(other)  # both whole; resolve would follow links
