"""Reads the key sets out of SAT's `catCFDI.xsd`: which product, unit and postal keys its schema accepts.

The schema has no names, dates or flags, and accepts more than a PAC does; see `pipeline.catalogs.update` for the use
made of it. Source: rules page, section 8.
"""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from pipeline.errors import InputError
from pipeline.formats.workbook_guard import declares_entities
from schemas.sat.small import UNASSIGNED_ZIP

__all__ = ["read_xsd"]

_NAMESPACE = "{http://www.w3.org/2001/XMLSchema}"
_TYPES = {"c_ClaveProdServ": "product_keys", "c_ClaveUnidad": "unit_keys", "c_CodigoPostal": "postal_codes"}
_LARGEST = 20 << 20  # four times SAT's
_HINT = "Download catCFDI.xsd again from SAT (it is linked in every CFDI 4.0 schema) and give that file."


def read_xsd(path: Path) -> Mapping[str, frozenset[str]]:
    """The keys of each large catalogue. Raises InputError when the file is not SAT's catCFDI.xsd, whole."""
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MiB: it is not SAT's catCFDI.xsd.", _HINT)
    if declares_entities(path.read_bytes()):  # entities are how XML files do harm
        raise InputError(f"{path.name} declares a DOCTYPE, which SAT's schema does not have.", _HINT)
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - the user's own file, without a DOCTYPE
    except ElementTree.ParseError as error:
        raise InputError(f"{path.name} is not well-formed XML: {error}.", _HINT) from error
    keys = {
        _TYPES[name]: frozenset(item.get("value", "") for item in kind.iter(f"{_NAMESPACE}enumeration"))
        for kind in root.iter(f"{_NAMESPACE}simpleType")
        if (name := kind.get("name", "")) in _TYPES
    }
    missing = [name for name, catalog in _TYPES.items() if not keys.get(catalog)]
    if missing:
        raise InputError(f"{path.name} lists no keys for {', '.join(missing)}: it is not SAT's catCFDI.xsd.", _HINT)
    return {**keys, "postal_codes": keys["postal_codes"] - {UNASSIGNED_ZIP}}
