"""Every sink by what its name begins with. To add one: a module with a `Sink`, and one line in SINKS."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.formats import FORMATS
from pipeline.language.say import say
from pipeline.sink.cloud import CloudSink
from pipeline.sink.destination import Destination
from pipeline.sink.folder import FolderSink
from pipeline.sink.growing import DatasetSink
from pipeline.sink.object_store import ObjectStore
from pipeline.sink.spec import Sink, Target
from pipeline.sink.stream import StreamSink

__all__ = ["PATH", "SCHEMES", "SINKS", "STDOUT", "open_sink"]

PATH, STDOUT = "", "-"


def open_sink(target: Target) -> Sink:
    """The sink of a target. ConfigError for an address that cannot be meant."""
    return SINKS[target.scheme](target)


def _open_folder(target: Target) -> Sink:
    destination = Destination(Path(target.folder), target.file, target.base)
    folder = FolderSink(destination, target.format, private=target.private)
    return DatasetSink(folder) if target.append else folder


def _open_stream(target: Target) -> Sink:
    return StreamSink(target.stdout(), target.format)


def _open_cloud(target: Target) -> Sink:
    store = ObjectStore.parsed(target.folder)
    if not store.takes(target.format):
        taken = [name for name in FORMATS if store.takes(name)]
        raise ConfigError(
            say("{format} files cannot be sent to an object store.", format=target.format),
            say("Name a folder with -o, or one of these formats: {formats}.", formats=", ".join(taken)),
        )
    made_in = target.staging / hashlib.sha256(target.folder.encode()).hexdigest()[:16]
    return CloudSink(store, Destination(made_in, target.file), target.format)


SINKS: Mapping[str, Callable[[Target], Sink]] = {
    PATH: _open_folder,
    STDOUT: _open_stream,
    "s3": _open_cloud,
    "gs": _open_cloud,
    "az": _open_cloud,
}

SCHEMES = tuple(name for name in SINKS if name not in (PATH, STDOUT))
"""What addresses begin with."""
