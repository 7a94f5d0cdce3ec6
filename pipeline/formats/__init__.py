"""File formats by name. To add one: write its module, add one line to FORMATS (pipeline.formats.detect)."""

from pipeline.formats.detect import (
    FOR_EXCEL,
    FORMATS,
    USUAL,
    WRITERS,
    contradicts_suffix,
    detect_format,
    format_of_suffix,
    sniff_format,
)
from pipeline.formats.encoding import find_codec
from pipeline.formats.spec import AS_FOUND, LINE, OURS, RAW, Corrections, Format, ReadOptions, Shape, Tables, keep_quiet

__all__ = [
    "AS_FOUND",
    "FORMATS",
    "FOR_EXCEL",
    "LINE",
    "OURS",
    "RAW",
    "USUAL",
    "WRITERS",
    "Corrections",
    "Format",
    "ReadOptions",
    "Shape",
    "Tables",
    "contradicts_suffix",
    "detect_format",
    "find_codec",
    "format_of_suffix",
    "keep_quiet",
    "sniff_format",
]  # fmt: skip
