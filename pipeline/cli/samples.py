"""Where the sample files lie: inside the installed package, or in the checkout."""

from pathlib import Path

__all__ = ["find_samples"]


def find_samples() -> Path:
    """The folder `samples/`."""
    here = Path(__file__).parents[1]
    packaged = here / "samples"
    return packaged if packaged.is_dir() else here.parent / "samples"
