"""Rules that need more than one row: the whole file, other files of the call, or what the journal remembers.

The pipeline decides them; here stand their ids, their severity and their words.
"""

from schemas.spec import INTERNAL_ID, Rule, Text

__all__ = ["AGREE", "CLIENT_REJECTED", "CONFLICT", "ITEMS_JSON", "NO_ITEMS", "REFUSED", "UNIQUE", "UNRESOLVED"]

UNIQUE = Rule(
    "API-UNIQUE",
    INTERNAL_ID,
    None,
    Text(
        "El registro «{value}» está más de una vez: {proposal}.",
        "The record '{value}' stands more than once: {proposal}.",
    ),
    Text(
        "Deje una sola copia, o dé a cada registro su propio internalId; no se envía ninguna de las copias.",
        "Keep one copy, or give each record its own internalId; none of the copies is sent.",
    ),
)

AGREE = Rule(
    "API-AGREE",
    "",
    None,
    Text(
        "«{value}» contradice otra línea del mismo pago, que dice «{proposal}».",
        "'{value}' contradicts another line of the same payment, which says '{proposal}'.",
    ),
    Text(
        "Escriba el mismo valor en todas las líneas del pago, o déjelo vacío salvo en la primera.",
        "Write the same value on every line of the payment, or leave it empty on all but the first.",
    ),
)

UNRESOLVED = Rule(
    "X-REF",
    "",
    None,
    Text(
        "No hay ningún registro con el internalId «{value}», ni en estos archivos ni en cargas anteriores.",
        "There is no record with the internalId '{value}', neither in these files nor in earlier runs.",
    ),
    Text(
        "Corrija la referencia, o importe antes (o en la misma llamada) el archivo que tiene ese registro.",
        "Correct the reference, or import the file that holds that record first (or in the same call).",
    ),
)

CLIENT_REJECTED = Rule(
    "PAY-CLIENT",
    "",
    None,
    Text(
        "El registro «{value}» al que se refiere fue rechazado en esta misma carga.",
        "The record '{value}' it refers to was rejected or refused in this same run.",
    ),
    Text("Corrija primero ese registro y vuelva a importar.", "Correct that record first, then import again."),
)

NO_ITEMS = Rule(
    "PAY-ITEMS",
    "items.name",
    None,
    Text("El pago no tiene ningún concepto.", "The payment has no item."),
    Text(
        "Llene las columnas items.* de al menos una línea del pago.",
        "Fill in the items.* columns on at least one line of the payment.",
    ),
)

ITEMS_JSON = Rule(
    "PAY-ITEMS",
    "items",
    None,
    Text("La columna items no es una lista de objetos JSON.", "The column items is not a JSON list of objects."),
    Text(
        'Escriba [{"name": …, "quantity": …, "total": …}], o use columnas items.*.',
        'Write [{"name": …, "quantity": …, "total": …}], or use items.* columns.',
    ),
)

CONFLICT = Rule(
    "X-CONFLICT",
    INTERNAL_ID,
    None,
    Text(
        "«{value}» ya se envió antes con otros datos; cambian: {proposal}.",
        "'{value}' was sent before with other data; these differ: {proposal}.",
    ),
    Text(
        "Si es el mismo registro, deje los datos como se enviaron; si es otro, dele otro internalId.",
        "If it is the same record, put the data back as they were sent; if it is another, give it another internalId.",
    ),
)

REFUSED = Rule(
    "API-REFUSED",
    INTERNAL_ID,
    None,
    Text("La API rechazó el registro: {value}", "The API refused the record: {value}"),
    Text("Corrija lo que dice la API e importe este archivo.", "Correct what the API names, then import this file."),
)
