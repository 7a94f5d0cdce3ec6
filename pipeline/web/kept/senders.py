"""Who prepared and who confirmed a send, in an office: lines that outlive the files, which go after some days."""

from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.web.kept.disk import keep_on_disk

__all__ = ["Sender", "list_senders", "remember_sender"]

_FILE = "senders.jsonl"


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """One press of a button that sends. Nobody `prepared` what is gone on with."""

    run: str
    confirmed: str
    prepared: str = ""
    when: datetime


def remember_sender(folder: Path, sender: Sender) -> None:
    """Before anything is sent. OutputError where the disk takes no more: then nothing is."""
    with keep_on_disk(folder), (folder / _FILE).open("ab") as file:
        file.write(msgspec.json.encode(sender) + b"\n")


def list_senders(folder: Path, run: str) -> list[Sender]:
    """Those of one run, in the order they pressed; none where the page had one user, or had not sent it."""
    path = folder / _FILE
    if not path.exists():
        return []
    lines = (line for line in path.read_bytes().splitlines() if run.encode() in line)
    return [sender for line in lines if (sender := msgspec.json.decode(line, type=Sender)).run == run]
