"""gigbulk: bulk import and export between files and gigstack, the Mexican invoicing API.

`schemas` says what is true, `pipeline` says what we do, the journal remembers, the report tells what they found.

    from pipeline import run_export, run_import
"""

from typing import TYPE_CHECKING, Any

from pipeline.version import __version__

if TYPE_CHECKING:
    from pipeline.errors import PipelineError
    from pipeline.events import Stop
    from pipeline.importer.checked import check
    from pipeline.importer.offline import check_offline
    from pipeline.importer.request import ImportRequest
    from pipeline.library import run_export, run_import
    from pipeline.settings import resolve_settings

__all__ = [
    "ImportRequest",
    "PipelineError",
    "Stop",
    "__version__",
    "check",
    "check_offline",
    "resolve_settings",
    "run_export",
    "run_import",
]

_HOMES = {
    "ImportRequest": "pipeline.importer.request",
    "PipelineError": "pipeline.errors",
    "Stop": "pipeline.events",
    "check": "pipeline.importer.checked",
    "check_offline": "pipeline.importer.offline",
    "resolve_settings": "pipeline.settings",
    "run_export": "pipeline.library",
    "run_import": "pipeline.library",
}


def __getattr__(name: str) -> Any:
    """What `__all__` offers is imported when it is asked for: `import pipeline` alone stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
