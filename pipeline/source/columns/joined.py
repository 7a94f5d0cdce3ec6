"""Fields that a file says in several columns: a name and two surnames, a street with its numbers and neighbourhood."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from pipeline.model import JoinedColumn
from pipeline.source.columns.heading_text import fold_heading, repair_heading
from schemas.cleaning.repair.normalise import normalise_cells
from schemas.spec import Column, Join, Resource

__all__ = ["find_joined", "join_columns"]


def find_joined(
    headings: Sequence[str], chosen: Mapping[str, str], declared: Resource, said: Collection[str]
) -> tuple[JoinedColumn, ...]:
    """The joined columns of a file. `chosen` maps headings to fields; of those in `said` the user spoke himself."""
    free = [h for h in headings if h not in said]
    found = ((c, _find_pieces(free, c.join)) for c in declared.columns if c.join is not None)
    joined = (_compose(c, pieces, chosen) for c, pieces in found if len(pieces) > 1)
    return tuple(each for each in joined if each is not None)


def _find_pieces(headings: Iterable[str], join: Join) -> tuple[tuple[str, str], ...]:
    """The headings that are there, each with what stands before its cell; none without the first piece."""
    there: dict[str, str] = {}
    for heading in headings:
        there.setdefault(fold_heading(repair_heading(heading)), heading)
    pieces = [
        next(((there[word], piece.before) for h in piece.headings if (word := fold_heading(h)) in there), None)
        for piece in join.pieces
    ]
    return tuple(piece for piece in pieces if piece is not None) if pieces[0] is not None else ()


def _compose(column: Column, pieces: tuple[tuple[str, str], ...], chosen: Mapping[str, str]) -> JoinedColumn | None:
    own = [heading for heading, _ in pieces]
    instead = tuple(h for h, field in chosen.items() if field == column.field and h not in own)
    if not instead and column.join is not None and not column.join.alone:
        return None
    otherwise = tuple(h for h, field in chosen.items() if column.else_from and field == column.else_from)
    return JoinedColumn(", ".join([*instead, " + ".join(own)]), column.field, pieces, instead, otherwise)


def join_columns(frame: pl.DataFrame, joined: Sequence[JoinedColumn]) -> pl.DataFrame:
    """The user's own columns and, behind them, those that are read as one. Pieces that say nothing are left out."""
    if not joined:
        return frame
    used = list(
        dict.fromkeys(h for each in joined for h in (*each.instead, *(p for p, _ in each.pieces), *each.otherwise))
    )
    clean = normalise_cells(frame.select(used), used)
    return frame.with_columns(clean.select(_join(each).alias(each.heading) for each in joined))


def _join(each: JoinedColumn) -> pl.Expr:
    parts = [
        pl.coalesce(
            pl.lit(before if position else "") + pl.col(heading).str.replace(r"^([0-9]+)\.0+$", "${1}"), pl.lit("")
        )
        for position, (heading, before) in enumerate(each.pieces)
    ]
    whole = pl.concat_str(parts).str.strip_chars(" ,")
    return pl.coalesce(*each.instead, pl.when(whole != "").then(whole), *each.otherwise)
