"""The independent copy of SAT's catalogues that lies beside the project, for comparison only."""

from pathlib import Path

import polars as pl
import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "sat" / "catalogs"

needs_oracle = pytest.mark.skipif(not FOLDER.is_dir(), reason="the oracle in ../shared/sat/catalogs is not here")


def oracle(name: str) -> pl.DataFrame:
    return pl.read_parquet(FOLDER / f"cfdi_40_{name}.parquet")
