"""What a run needs to know, from every place that says it; the key also from where the official client keeps it."""

from pipeline.settings.config_files import find_config_files
from pipeline.settings.resolve import (
    ENVIRONMENT,
    SETTINGS,
    Settings,
    TransportName,
    resolve_settings,
)

__all__ = ["ENVIRONMENT", "SETTINGS", "Settings", "TransportName", "find_config_files", "resolve_settings"]
