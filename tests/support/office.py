"""LibreOffice, where it is installed: it writes workbooks for tests, and says what it reads in ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["convert", "needs_office"]

_PROGRAM = shutil.which("soffice") or shutil.which("libreoffice")
_FILTERS = {"xlsx": "xlsx:Calc MS Excel 2007 XML"}
_READ = {".csv": ["--infilter=Text - txt - csv (StarCalc):44,34,76"]}  # commas, quotes, UTF-8

needs_office = pytest.mark.skipif(_PROGRAM is None, reason="LibreOffice is not installed")
"""For tests in which LibreOffice takes part."""


def convert(path: Path, suffix: str, folder: Path) -> Path:
    """The same document in another form, in `folder`, as LibreOffice writes it; its profile stands there too."""
    if _PROGRAM is None:
        pytest.skip("LibreOffice is not installed")
    folder.mkdir(exist_ok=True)
    home = f"-env:UserInstallation=file://{folder}/profile"
    command = [_PROGRAM, home, "--headless", *_READ.get(path.suffix, []), "--convert-to", _FILTERS.get(suffix, suffix)]
    subprocess.run([*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{suffix}"
