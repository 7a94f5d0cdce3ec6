"""Which copy of SAT's large catalogues is in use, where it lies and how old it is.

A *set* is a folder with `SOURCES.json` beside its files. One set is shipped in `schemas/data`; `gigbulk catalogs
update` adds others, each in its own sub-folder of the user's data folder. The set with the newest edition wins, and
on the same day the user's. Only the standard library is needed here, so that a search need not import polars.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from schemas.sat import small as sat

SHIPPED = Path(__file__).parents[1] / "data"
MANIFEST = "SOURCES.json"
CATALOGS = ("product_keys", "unit_keys", "postal_codes")
SEARCH_TEXT = "search_text"
STALE_AFTER_MONTHS = 12  # rule META-CATALOG-AGE: older, and "not found" is no longer proof
NOTICE = "Derived from the catalogues SAT publishes with Anexo 20 (CFDI 4.0). Not affiliated with SAT."

EditionKind = Literal["shipped", "user", "code"]


class Sentence(NamedTuple):
    """A template and its fields, so that whoever shows it can find the template in another language."""

    template: str
    fields: dict[str, str]

    def __str__(self) -> str:
        return self.template.format(**self.fields)


class CatalogError(ValueError):
    """A catalogue file cannot be used. `message` says what is wrong and where, `hint` what to do."""

    def __init__(self, message: Sentence, hint: Sentence) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Edition:
    """One catalogue as it is in use: `edition` is the day its content is from, `generated` the day we derived it.

    `source_es` says the source in Spanish, where it is said in words.
    """

    name: str
    source: str
    edition: date
    generated: date
    rows: int
    kind: EditionKind
    path: Path | None = None
    sha256: str = ""
    source_es: str = ""

    def age_months(self, today: date) -> int:
        """Whole months between the edition and `today`, never negative."""
        months = (today.year - self.edition.year) * 12 + today.month - self.edition.month
        return max(0, months - (today.day < self.edition.day))

    def is_stale(self, today: date) -> bool:
        """Whether a key missing here may simply be newer than the catalogue (findings go one step down)."""
        return self.age_months(today) >= STALE_AFTER_MONTHS

    def read_bytes(self) -> bytes:
        """The file's content, checked against the manifest. Raises CatalogError if it was lost or altered."""
        if self.path is None:
            raise CatalogError(
                Sentence("{name} is part of the program, not a file.", {"name": self.name}),
                Sentence("Look it up in schemas.sat.small.", {}),
            )
        try:
            content = self.path.read_bytes()
        except OSError as error:
            lost = Sentence("{path} cannot be read: {cause}.", {"path": str(self.path), "cause": error.strerror or ""})
            raise CatalogError(lost, _repair(self)) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            damaged = Sentence("{path} is damaged: it is not the file that was written.", {"path": str(self.path)})
            raise CatalogError(damaged, _repair(self))
        return content


_REINSTALL = Sentence("Install gigbulk again.", {})


def _repair(edition: Edition) -> Sentence:
    if edition.kind == "shipped" or edition.path is None:
        return _REINSTALL
    folder = str(edition.path.parent)
    return Sentence("Delete {folder} and run gigbulk catalogs update again with SAT's file.", {"folder": folder})


def user_folder() -> Path:
    """Where this user's own catalogue sets are kept (the platform's data folder; XDG_DATA_HOME on Linux)."""
    from platformdirs import user_data_path  # only here: 10 ms that most commands need not pay

    return user_data_path("gigbulk") / "catalogs"


def user_sets(folder: Path) -> tuple[Path, ...]:
    """The sets in a user's folder, oldest first. Names are `<edition>.<number>`, so name order is age order."""
    if not folder.is_dir():
        return ()
    digit = "[0-9]"
    names = f"{digit * 4}-{digit * 2}-{digit * 2}.{digit * 4}"
    return tuple(sorted(manifest.parent for manifest in folder.glob(f"{names}/{MANIFEST}")))


def read_set(path: Path, kind: EditionKind) -> tuple[Edition, ...]:
    """The editions one set declares, its search text included. Raises CatalogError if the manifest is unusable."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        return tuple(_editions(manifest, path, kind))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = _REINSTALL if kind == "shipped" else Sentence("Delete the folder {path}.", {"path": str(path)})
        wrong = Sentence("{path} cannot be used: {cause}.", {"path": str(path / MANIFEST), "cause": repr(error)})
        raise CatalogError(wrong, remedy) from error


def _editions(manifest: dict[str, Any], path: Path, kind: EditionKind) -> Iterator[Edition]:
    for name, entry in manifest["files"].items():
        yield Edition(
            name=name,
            source=entry["source"],
            edition=date.fromisoformat(entry["edition"]),
            generated=date.fromisoformat(manifest["generated"]),
            rows=entry["rows"],
            kind=kind,
            path=path / entry["file"],
            sha256=entry["sha256"],
            source_es=entry.get("source_es", ""),
        )


@lru_cache(maxsize=8)
def _set_in_use(candidates: tuple[Path, ...]) -> dict[str, Edition]:
    newest_first = [*(read_set(path, "user") for path in reversed(candidates)), read_set(SHIPPED, "shipped")]
    newest = max(newest_first, key=lambda editions: min(edition.edition for edition in editions))
    return {edition.name: edition for edition in newest}


def edition(name: str, folder: Path | None = None) -> Edition:
    """The edition in use of one catalogue (`CATALOGS`, or `SEARCH_TEXT`); `folder` defaults to `user_folder()`."""
    return _set_in_use(user_sets(folder or user_folder()))[name]


def editions(folder: Path | None = None) -> list[Edition]:
    """Every catalogue in use, the literals of `schemas.sat.small` last. For `gigbulk catalogs info` and `doctor`."""
    rows = sum(
        len(table)
        for table in (
            sat.REGIMES,
            sat.USES,
            sat.PAYMENT_FORMS,
            sat.PAYMENT_METHODS,
            sat.CURRENCIES,
            sat.TAXES,
            sat.TAX_OBJECTS,
            sat.RATES,
            sat.STATES,
        )
    )
    literals = Edition(
        "small_catalogs",
        "schemas/sat/small.py, from catCFDI 4.0",
        sat.EDITION,
        sat.EDITION,
        rows,
        "code",
        source_es="schemas/sat/small.py, de catCFDI 4.0",
    )
    return [*(edition(name, folder) for name in CATALOGS), literals]
