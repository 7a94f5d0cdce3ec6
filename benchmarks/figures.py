"""What a benchmark found, as data: each tells its figures by a line, `table.py` gathers them."""

import json
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Figure", "read_figures", "tell"]

_MARK = "figures:"


class Figure(NamedTuple):
    """`work` is `ratio` times what it is held `against`, both of one run. It is to be at least (`>=`) or at most (`<=`)
    the goal."""

    work: str
    against: str
    ratio: float
    bound: str
    goal: float

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.bound == ">=" else self.ratio <= self.goal

    @property
    def share(self) -> float:
        """Of the goal, where more is better: 1 is just reached."""
        return self.ratio / self.goal if self.bound == ">=" else self.goal / max(self.ratio, 1e-9)


def tell(figures: Sequence[Figure]) -> None:
    """Print them, for whoever gathers them."""
    print(_MARK, json.dumps(figures), flush=True)


def read_figures(printed: str) -> list[Figure]:
    """The figures among the lines a benchmark printed."""
    told = [line.removeprefix(_MARK) for line in printed.splitlines() if line.startswith(_MARK)]
    return [Figure(*figure) for line in told for figure in json.loads(line)]
