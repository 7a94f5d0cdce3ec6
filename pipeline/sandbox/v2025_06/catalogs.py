"""The pretend reference data of `GET /catalogs` (2.8). Only `id` is documented; the rest of the shape is ASSUMED."""

from __future__ import annotations

from typing import Any

CATALOGS: tuple[dict[str, Any], ...] = (
    {
        "id": "countries",
        "name": "Countries",
        "values": [
            {"code": "MEX", "name": "México"},
            {"code": "USA", "name": "Estados Unidos"},
            {"code": "ESP", "name": "España"},
        ],
    },
    {
        "id": "states",
        "name": "States",
        "values": [
            {"code": "CMX", "name": "Ciudad de México"},
            {"code": "JAL", "name": "Jalisco"},
            {"code": "NLE", "name": "Nuevo León"},
        ],
    },
    {
        "id": "currencies",
        "name": "Currencies",
        "values": [
            {"code": "MXN", "name": "Peso mexicano"},
            {"code": "USD", "name": "Dólar estadounidense"},
            {"code": "EUR", "name": "Euro"},
        ],
    },
    {
        "id": "tax_rates",
        "name": "Tax rates",
        "values": [
            {"code": "IVA16", "name": "IVA 16 %", "rate": 0.16},
            {"code": "IVA8", "name": "IVA 8 %", "rate": 0.08},
            {"code": "IVA0", "name": "IVA 0 %", "rate": 0},
        ],
    },
    {
        "id": "industries",
        "name": "Industries",
        "values": [
            {"code": "services", "name": "Servicios"},
            {"code": "retail", "name": "Comercio"},
            {"code": "software", "name": "Software"},
        ],
    },
)
