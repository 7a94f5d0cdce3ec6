"""The sandbox: a pretend gigstack API on loopback, for the demo, for trying things out and for tests.

It is a reading of the API's documents of its own and shares no code with the client, so the two cannot
share a mistake. Nothing heavy is imported until a server is started.

    with EmbeddedSandbox(Options(faults={"drop_after_commit": 0.1})) as sandbox:
        ...  # talk to sandbox.base_url, then ask sandbox.origin + "/_sandbox/received" what really happened
"""

from pipeline.sandbox.faults import FAULTS
from pipeline.sandbox.options import DIALECTS, Options
from pipeline.sandbox.server import EmbeddedSandbox, serve

__all__ = ["DIALECTS", "FAULTS", "EmbeddedSandbox", "Options", "serve"]
