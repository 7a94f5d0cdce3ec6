"""Where there is no room, the message names the place that is full and what to set; no journal is blamed for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import python

HEAD = "internalId,name,rfc,email\n"
ROWS = "".join(f"c{n},Ana {n},BAD{n},ana{n}@empresa.example\n" for n in range(30_000))

CHECK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop()), resource.RLIM_INFINITY))
from pipeline.cli import main
main()
"""


@pytest.mark.parametrize("kilobytes", [4, 100, 400])
@pytest.mark.parametrize("stdin", [False, True])
def test_a_check_without_room_names_the_temporary_folder_and_tmpdir(
    tmp_path: Path, open_folder: Path, kilobytes: int, stdin: bool
) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(HEAD + ROWS)
    # Python's own cache files would be cut short, too, and stay
    environ = {
        "TMPDIR": str(open_folder),
        "GIGBULK_STATE_DIR": str(tmp_path / "state"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with path.open() as stream:
        done = python(CHECK, "check", "-" if stdin else path, kilobytes * 1024, env=environ, stdin=stream)
    assert done.returncode == 5
    assert f"Temporary files cannot be written to {open_folder}" in done.stderr
    assert "ulimit -f" in done.stderr and "TMPDIR" in done.stderr
    assert "journal" not in done.stderr.replace("journal.sqlite", "") and "mistake" not in done.stderr
    assert list(open_folder.iterdir()) == []
