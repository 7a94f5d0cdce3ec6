"""Reads the key sets out of SAT's `catCFDI.xsd`: which product, unit and postal keys its schema accepts.

The schema has no names, dates or flags, and accepts more than a PAC does; see `pipeline.catalogs.update` for the use
made of it. Source: rules page, section 8.
"""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.workbook.guard import declares_entities
from schemas.sat.small import UNASSIGNED_ZIP

__all__ = ["read_xsd"]

_NAMESPACE = "{http://www.w3.org/2001/XMLSchema}"
_TYPES = {"c_ClaveProdServ": "product_keys", "c_ClaveUnidad": "unit_keys", "c_CodigoPostal": "postal_codes"}
_LARGEST = 20 << 20  # four times SAT's
_HINT = say("Download catCFDI.xsd again from SAT (it is linked in every CFDI 4.0 schema) and give that file.")


def read_xsd(path: Path) -> Mapping[str, frozenset[str]]:
    """The keys of each large catalogue. Raises InputError when the file is not SAT's catCFDI.xsd, whole."""
    if path.stat().st_size > _LARGEST:
        raise InputError(
            say(
                "{path} is larger than {largest} MiB: it is not SAT's catCFDI.xsd.",
                path=path.name,
                largest=_LARGEST >> 20,
            ),
            _HINT,
        )
    if declares_entities(path.read_bytes()):  # entities are how XML files do harm
        raise InputError(say("{path} declares a DOCTYPE, which SAT's schema does not have.", path=path.name), _HINT)
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - the user's own file, without a DOCTYPE
    except ElementTree.ParseError as error:
        raise InputError(say("{path} is not well-formed XML: {error}.", path=path.name, error=error), _HINT) from error
    keys = {
        _TYPES[name]: frozenset(item.get("value", "") for item in kind.iter(f"{_NAMESPACE}enumeration"))
        for kind in root.iter(f"{_NAMESPACE}simpleType")
        if (name := kind.get("name", "")) in _TYPES
    }
    missing = [name for name, catalog in _TYPES.items() if not keys.get(catalog)]
    if missing:
        raise InputError(
            say(
                "{path} lists no keys for {missing}: it is not SAT's catCFDI.xsd.",
                path=path.name,
                missing=", ".join(missing),
            ),
            _HINT,
        )
    return {**keys, "postal_codes": keys["postal_codes"] - {UNASSIGNED_ZIP}}
