"""Examples for every part of the page, as the steps hand them to the templates."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader

from pipeline.web.render import build_environment

__all__ = ["COLUMNS", "COUNTS", "FATES", "MONEY", "RESOURCES", "a_finding", "a_row", "a_window", "gallery", "render"]

_TESTS = Path(__file__).parents[1] / "web"
_STEPS = ("drop", "understood", "correct", "confirm", "progress")
_ANSWERS = SimpleNamespace(map={}, set={}, dates=None, decimal=None, as_resource=None, sheet=None)
_BASKET = SimpleNamespace(name="x", files=["pagos de noviembre.xlsx"], answers=_ANSWERS)

COUNTS = {"read": 424, "good": 412, "errors": 9, "warnings": 3}
FATES = {"created": 379, "existing": 12, "rejected": 9, "refused": 2, "in_doubt": 1, "unsent": 31}
RESOURCES = {
    "clients": {"read": 38, **dict.fromkeys(FATES, 0), "created": 38, "would_create": 38},
    "payments": {"read": 434, **FATES, "would_create": 411},
}
MONEY = {
    "MXN": {"payments": 411, "net": 103_821_724, "gross": 120_433_120},
    "USD": {"payments": 2, "net": 120_000, "gross": 139_200},
}

_HEADINGS = (
    ("R.F.C.", "rfc", "read", ("PEGM850101AB1", "XAXX010101000")),
    ("Razón Social", "legal_name", "read", ("MARÍA PÉREZ GÓMEZ", "FERRETERÍA EL TORNILLO")),
    ("Régimen", "tax_system", "read", ("601", "612", "626")),
    ("Uso CFDI", "use", "read", ("G03",)),
    ("C.P.", "address.zip", "read", ("06600", "64000")),
    ("Fecha de pago", "date", "read", ("02/03/2026", "15/11/2026")),
    ("Importe", "items.total", "read", ("1,160.00", "999,999.99")),
    ("Forma de pago", "paymentMethod", "read", ("03 - Transferencia electrónica",)),
    ("Saldo", None, "passed over", ("0.00",)),
    ("Vendedor", None, "unknown", ("Lupita", "Juan Carlos")),
    *((f"Campo {number}", f"metadata.campo{number}", "read", (f"valor {number}",)) for number in range(11, 21)),
)

COLUMNS = [
    {"heading": heading, "letter": chr(65 + number), "field": field, "state": state, "examples": list(examples)}
    for number, (heading, field, state, examples) in enumerate(_HEADINGS)
]


def a_finding(heading: str | None, line: int, **known: Any) -> dict[str, Any]:
    """A finding about one cell; None: about a column the file does not have."""
    return {
        "file": "pagos.xlsx", "sheet": "Pagos", "line": line, "column": heading or "email", "resource": "payments",
        "key": f"id:P{line}", "rule": "REG-PERSON", "severity": "error", "sat_code": "CFDI40157", "value": "601",
        "proposal": None, "message": "El régimen 601 es de personas morales; este RFC es de una persona física.",
        "advice": "Escriba 605, 612 o 626, como diga su constancia.", "headings": [heading] if heading else [],
        **known,
    }  # fmt: skip


def a_row(line: int, *findings: dict[str, Any], edited: tuple[str, ...] = ()) -> dict[str, Any]:
    """A row of the file with what is said of it."""
    cells = [column["examples"][line % len(column["examples"])] for column in COLUMNS]
    return {"line": line, "cells": cells, "edited": list(edited), "findings": list(findings)}


def a_window(rows: int) -> dict[str, Any]:
    """Rows as the third step shows them: every kind of mistake at the top, then rows that each have one."""
    shown = [
        a_row(17, a_finding("Régimen", 17, proposal="612", equal=6)),
        a_row(
            23,
            a_finding("Uso CFDI", 23, proposal="G03", message="No hay uso «Gastos» en el catálogo.", advice=None),
            a_finding(
                "C.P.", 23, proposal="06600", message="Un código postal tiene cinco cifras.", advice="Escriba 06600."
            ),
        ),
        a_row(24, a_finding("Importe", 24, severity="warning", message="Es diez veces lo usual.", advice="Revíselo.")),
        a_row(31, a_finding(None, 31, message="Falta el correo.", advice="Dígalo para todas las filas, o agréguelo.")),
        a_row(40, edited=("Régimen",)),
        a_row(41, a_finding("R.F.C.", 41, value='<script>alert("x")</script>', message='No es un RFC: "<b>&".')),
    ]
    shown += [a_row(line, a_finding("Régimen", line, proposal="605")) for line in range(50, 50 + rows - len(shown))]
    return {"total": rows + 300, "start": 0, "rows": shown, "counts": COUNTS, "edits": 1}


def render(template: str, lang: str = "es", **known: Any) -> str:
    """A template of the page, or the gallery, as the page renders it."""
    environment = build_environment(lang)
    environment.loader = ChoiceLoader([environment.loader or FileSystemLoader([]), FileSystemLoader(_TESTS)])
    common = {"lang": lang, "csrf": "c" * 64, "site": SimpleNamespace(sandbox=True), "path": "/b/x/correct"}
    return environment.get_template(template).render(**common, steps=_STEPS, step="correct", basket=_BASKET, **known)


def gallery(lang: str = "es", rows: int = 12) -> str:
    """Every part, once."""
    choices = [{"flag": "dates", "value": "dmy", "reading": "2026-03-02"}]
    choices.append({"flag": "dates", "value": "mdy", "reading": "2026-02-03"})
    return render(
        "gallery.html", lang, counts=COUNTS, fates=FATES, columns=COLUMNS, answers=_BASKET.answers, choices=choices,
        window=a_window(rows), resources=RESOURCES, money=MONEY,
    )  # fmt: skip
