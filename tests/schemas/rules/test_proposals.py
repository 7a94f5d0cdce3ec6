"""What a refused cell seems to mean, and of which nothing is proposed."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rules.proposals import meant_date, meant_email, meant_number, meant_postal_code, meant_taxes

WAYS = [meant_date, meant_email, meant_number, meant_postal_code, meant_taxes]
CASES = [
    (meant_taxes, "IVA 16", "IVA 16%"), (meant_taxes, "tasa cero", "IVA 0%"), (meant_taxes, "10", None),
    (meant_taxes, "0.16%", None), (meant_date, "46341.4375", "2026-11-15"), (meant_date, "310226", None),
    (meant_date, "20/11/26", "2026-11-20"), (meant_date, "05/06/26", "2026-06-05 / 2026-05-06"),
    (meant_date, "11-20-26 10:00", "2026-11-20"), (meant_date, "05/05/26", "2026-05-05"),
    (meant_date, "31/02/26", None),
    (meant_date, "99999", None), (meant_number, "2.5 kg.", "2.5"), (meant_number, "(100.00)", None),
    (meant_number, "-3 pza", None), (meant_number, "1,5 pza", None), (meant_postal_code, "C.P. 06700", "06700"),
    (meant_postal_code, "06700 07300", None), (meant_email, "a@b.mx,c@d.mx", "a@b.mx"),
    (meant_email, "sin correo", None),
]  # fmt: skip


def propose(way: Callable[[pl.Expr], pl.Expr], cell: str) -> str | None:
    return pl.select(way(pl.lit(cell))).item()  # type: ignore[no-any-return]


@pytest.mark.parametrize(("way", "cell", "meant"), CASES)
def test_a_cell_proposes_what_it_seems_to_mean(way: Callable[[pl.Expr], pl.Expr], cell: str, meant: str | None) -> None:
    assert propose(way, cell) == meant


@pytest.mark.parametrize("way", WAYS)
@given(cell=st.text(max_size=30))
def test_any_text_is_judged(way: Callable[[pl.Expr], pl.Expr], cell: str) -> None:
    meant = propose(way, cell)
    assert meant is None or meant
