"""Cells in the plain form that spreadsheet programs write, taken apart by splitting at quotes and brackets.

`<c r="B5" s="1" t="s"><v>12</v></c>`, `<c r="B5" t="inlineStr"><is><t>a</t></is></c>`, `<c r="B5" s="1"/>`. A
formula may stand before the value. Every letter of a piece is accounted for, so nothing hides in one: a comment or a
text in runs is no plain cell.
Measured: 80,000 cells take 16 ms; by expressions that look for each part they take 55 ms.
"""

import re
from typing import NamedTuple

import polars as pl

from pipeline.workbook.marks import column_number

__all__ = ["AT", "PlainCells", "split_plain_cells"]

AT = "at"
"""Column with the place of a cell's piece among the others."""

_LETTERS, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_COLUMN = re.compile("[A-Z]{1,3}")
_OPENING = re.compile(r"""(?: [\w:]+="[^"'<>&]*")*(?:>|(/)>\s*)""", re.ASCII)
"""What follows a cell's address in its tag, and blanks behind a cell without contents."""
_STYLE, _TYPE = re.compile(' s="([0-9]{1,9})"'), re.compile(r' t="(\w+)"')
_LAST_ROW = 1_048_576


class PlainCells(NamedTuple):
    """The plain cells that hold something, the pieces (`c`) that are none, each with AT; the tags of rows between."""

    cells: pl.DataFrame
    others: pl.DataFrame
    rows: pl.Series


def split_plain_cells(pieces: pl.Series, prefix: str) -> PlainCells:
    """Tell plain cells from others. `pieces` reach from one `<c ` to the next, `prefix` stands before names."""
    parts = _with_values(_with_places(_split(pieces, prefix)), prefix)
    followed = parts.filter("plain", ~pl.col("ends"))
    behind = _behind(followed, prefix)
    only_rows = behind.str.contains(rf"^\s*(?:</?{prefix}row(?: [^<>']*)?>\s*)+$")
    plain = parts["plain"].scatter(followed[AT], only_rows)
    cells = parts.filter(plain & parts["filled"]).select(AT, "row", "column", "style", "type", "value", "formula")
    return PlainCells(cells, pieces.to_frame("c").with_row_index(AT).filter(~plain), behind.filter(only_rows))


def _split(pieces: pl.Series, prefix: str) -> pl.DataFrame:
    """What stands before the first quote of a piece (`name`) and within the first two (`address`), then the tag up to
    its end (`opening`), and its contents cut at the next two brackets; `formula` says that one was taken out."""
    parts = (
        pieces.to_frame("c")
        .select(pl.col("c").str.splitn('"', 3).struct.rename_fields(["name", "address", "rest"]))
        .unnest("c")
    )
    cut = _cut(parts["rest"])
    places = cut["first"].str.starts_with(f"{prefix}f").arg_true()
    formula = pl.repeat(False, len(parts), eager=True)
    if len(places):
        written = parts["rest"].gather(places)
        left = written.str.replace(rf"^([^<>]*>)<{prefix}f(?: [^<>]*)?(?:/>|>[^<]*</{prefix}f>)", "${1}")
        cut = cut.with_columns(column.scatter(places, again) for column, again in zip(cut, _cut(left), strict=True))
        formula = formula.scatter(places, left != written)
    return parts.with_columns(cut, formula=formula).with_row_index(AT)


def _cut(rests: pl.Series) -> pl.DataFrame:
    names = ["opening", "first", "second", "third"]
    return rests.to_frame("c").select(pl.col("c").str.splitn("<", 4).struct.rename_fields(names)).unnest("c")


def _with_places(parts: pl.DataFrame) -> pl.DataFrame:
    """Row, column, style and type, null where any is not in the plain form; `empty` of tags that close themselves."""
    openings = [found for text in parts["opening"].unique() if text is not None and (found := _OPENING.fullmatch(text))]
    meanings = {
        "opening": [found[0] for found in openings],
        "style": [int(style[1]) if (style := _STYLE.search(found[0])) else 0 for found in openings],
        "type": [kind[1] if (kind := _TYPE.search(found[0])) else "n" for found in openings],
        "empty": [found[1] == "/" for found in openings],
    }
    schema = {"opening": pl.String, "style": pl.UInt32, "type": pl.String, "empty": pl.Boolean}
    return parts.with_columns(_read_addresses(parts["address"])).join(
        pl.DataFrame(meanings, schema=schema), on="opening", how="left", maintain_order="left"
    )


def _read_addresses(addresses: pl.Series) -> pl.DataFrame:
    """`row` and `column`, null where a text is no address. The first 26 columns have one letter, which is read as a
    number: a quarter of the time that telling letters from digits takes."""
    letter = pl.col("a").cast(pl.Binary).bin.head(1).bin.reinterpret(dtype=pl.UInt8) - ord("A")
    digits = pl.col("a").str.slice(1)
    found = addresses.to_frame("a").select(
        row=pl.when(~digits.str.starts_with("+")).then(digits).cast(pl.UInt32, strict=False),
        column=pl.when(letter < len(_LETTERS)).then(letter + 1).cast(pl.UInt16),
    )
    places = found.select((pl.col("row").is_null() | pl.col("column").is_null()).arg_true()).to_series()
    if not len(places):
        return found
    longer = addresses.gather(places)
    letters = longer.str.strip_chars_end(_DIGITS)
    numbers = {text: column_number(text) for text in letters.unique() if text and _COLUMN.fullmatch(text)}
    return found.with_columns(
        row=found["row"].scatter(places, longer.str.strip_chars_start(_LETTERS).cast(pl.UInt32, strict=False)),
        column=found["column"].scatter(places, letters.replace_strict(numbers, default=None, return_dtype=pl.UInt16)),
    )


class _Form(NamedTuple):
    """How a plain cell with contents reads between its brackets: its value stands in `column` behind `begin`, where
    `beside` holds, and `end` closes the cell."""

    beside: pl.Expr
    column: str
    begin: str
    end: str

    def holds(self) -> pl.Expr:
        return (
            self.beside
            & pl.col(self.column).str.starts_with(self.begin)
            & pl.col("third").str.starts_with(self.end)
            & ~pl.col("empty")
        ).fill_null(value=False)

    def value(self) -> pl.Expr:
        return pl.col(self.column).str.slice(len(self.begin))


def _forms(prefix: str) -> tuple[_Form, ...]:
    number, text = pl.col("second") == f"/{prefix}v>", pl.col("first") == f"{prefix}is>"
    end_of_text = f"/{prefix}t></{prefix}is></{prefix}c>"
    return (
        _Form(number, "first", f"{prefix}v>", f"/{prefix}c>"),
        _Form(text, "second", f"{prefix}t>", end_of_text),
        _Form(text, "second", f'{prefix}t xml:space="preserve">', end_of_text),
    )


def _with_values(parts: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """Each cell's `value`, and whether it is `filled`, `plain`, and the last that its piece holds (`ends`)."""
    forms = _forms(prefix)
    placed = (pl.col("name") == "r=") & pl.col("row").is_between(1, _LAST_ROW) & pl.col("column").is_not_null()
    held = parts.select(
        placed.fill_null(value=False).alias("placed"), *(form.holds().alias(f"{n}") for n, form in enumerate(forms))
    )
    used = [(form, pl.lit(held[f"{n}"])) for n, form in enumerate(forms) if held[f"{n}"].any()]
    placed, empty = pl.lit(held["placed"]), pl.col("empty").fill_null(value=False)
    filled = pl.any_horizontal(False, *(holds for _, holds in used)) & placed
    ends = pl.any_horizontal(
        empty & pl.col("first").is_null(), *(holds & (pl.col("third") == form.end) for form, holds in used)
    )
    nothing = pl.lit(None, dtype=pl.String)
    value = (
        used[0][0].value() if len(used) == 1 else pl.coalesce(nothing, *(pl.when(h).then(f.value()) for f, h in used))
    )
    return parts.with_columns(value=value, filled=filled, plain=filled | (empty & placed), ends=ends)


def _behind(followed: pl.DataFrame, prefix: str) -> pl.Series:
    """What stands behind plain cells in their pieces."""
    third = pl.col("third")
    return followed.select(
        pl.coalesce(
            pl.when("empty").then(pl.col("rest").str.strip_prefix(pl.col("opening"))),
            *(pl.when(form.holds()).then(third.str.slice(len(form.end))) for form in _forms(prefix)),
        )
    ).to_series()
