"""Rules that need more than one row: the whole file, other files of the call, or what the journal remembers.

The pipeline decides them; here stand their ids, their severity and their words.
"""

from schemas.spec import INTERNAL_ID, Rule, Severity, Text

__all__ = [
    "AGREE",
    "AMBIGUOUS",
    "CLIENT_REJECTED",
    "CONFLICT",
    "CONFLICT_OPEN",
    "CROSSINGS",
    "CURRENCY_AGREES",
    "CURRENCY_DIFFERS",
    "CURRENCY_STRANGE",
    "CURRENCY_TAKEN",
    "EXISTS_IN_ACCOUNT",
    "ID_CASE",
    "ID_CHANGED",
    "ID_MIXED",
    "ITEMS_JSON",
    "MANY_PUBLIC",
    "NO_ITEMS",
    "SAME_RFC",
    "SAME_RFC_OTHER_REGIME",
    "SAME_ROW",
    "SHARED_EMAIL",
    "STRANGE_COLUMN",
    "UNIQUE",
    "UNRESOLVED",
    "UNWRITABLE",
]

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

ID_CHANGED = Rule(
    "X-ID-CHANGED",
    INTERNAL_ID,
    None,
    Text(
        "El internalId «{value}» es el de «{proposal}», salvo lo que una hoja de cálculo o una mano le cambia a uno.",
        "The internalId '{value}' is that of '{proposal}', but for what a spreadsheet or a hand changes of one.",
    ),
    Text(
        "Si es el mismo registro, quítelo o escríbalo igual; si es otro, dele otro internalId, o acepte los dos con "
        "--ignore X-ID-CHANGED.",
        "If it is the same record, drop it or spell it the same; if it is another, give it another internalId, or "
        "accept both with --ignore X-ID-CHANGED.",
    ),
)

ID_CASE = Rule(
    "X-ID-CASE",
    INTERNAL_ID,
    None,
    Text("«{value}» está con otras mayúsculas: {proposal}.", "'{value}' has a twin in other capitals: {proposal}."),
    Text("Escriba igual los dos, o acepte los dos con --ignore X-ID-CASE.", "Spell both alike, or --ignore X-ID-CASE."),
)

ID_MIXED = Rule(
    "X-ID-MIXED",
    INTERNAL_ID,
    None,
    Text(
        "«{value}» y «{proposal}» serían un solo pago: una hoja de cálculo cambió uno de los dos.",
        "'{value}' and '{proposal}' would be one payment: a spreadsheet changed one of the two.",
    ),
    Text(
        "Escriba el mismo internalId en todas las líneas del pago, u otro si es otro pago.",
        "Write the same internalId on every line of the payment, or another one if it is another payment.",
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

CURRENCY_DIFFERS = Rule(
    "PAY-CURRENCY-CELL",
    "",
    None,
    Text(
        "«{value}» no está en la moneda del registro, que es {proposal}.",
        "'{value}' is not in the currency of the record, which is {proposal}.",
    ),
    Text(
        "Corrija la moneda del registro o la del importe; gigbulk no convierte.",
        "Correct the currency of the record or of the amount; gigbulk converts nothing.",
    ),
    essential=True,
)
CURRENCY_STRANGE = Rule(
    "PAY-CURRENCY-CELL",
    "",
    None,
    Text(
        "«{value}» lleva una moneda, y la columna {column} no es un importe en ella.",
        "'{value}' says a currency, and the column {column} holds no amount of it.",
    ),
    Text(
        "Compruebe que el valor está en su columna y escríbalo sin moneda; el tipo de cambio es en pesos por unidad.",
        "Check that the value stands in its column, and write it without a currency; an exchange rate is in pesos.",
    ),
    essential=True,
)
CURRENCY_AGREES = Rule(
    "PAY-CURRENCY-CELL",
    "",
    None,
    Text(
        "«{value}» se tomó como «{proposal}»: una moneda dentro del importe.",
        "'{value}' was taken as '{proposal}': a currency within the amount.",
    ),
    Text("Puede dejarlo así.", "You may leave it as it is."),
    Severity.FIX,
)
CURRENCY_TAKEN = Rule(
    "PAY-CURRENCY-TAKEN",
    "",
    None,
    Text(
        "El registro no dice su moneda; se tomó la de «{value}»: {proposal}.",
        "The record does not say its currency; that of '{value}' was taken: {proposal}.",
    ),
    Text("Escríbala en la columna currency.", "Write it in the column currency."),
    Severity.FIX,
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
    Text(
        "La columna items no es una lista de objetos JSON, cada uno con sus claves una sola vez.",
        "The column items is not a JSON list of objects, each with its keys once.",
    ),
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

CONFLICT_OPEN = Rule(
    "X-CONFLICT-OPEN",
    INTERNAL_ID,
    None,
    Text(
        "«{value}» se envió con otros datos y no se sabe si quedó registrado; cambian: {proposal}.",
        "'{value}' was sent with other data, and whether it was stored is unknown; these differ: {proposal}.",
    ),
    Text(
        "No le dé otro internalId: vea primero en la cuenta si existe y decídalo con gigbulk runs settle.",
        "Do not give it another internalId: look in the account first, and decide with gigbulk runs settle.",
    ),
)

SAME_RFC = Rule(
    "X-DUP-RFC",
    "rfc",
    None,
    Text(
        "El RFC {value} está también con otro nombre o código postal: {proposal}.",
        "The RFC {value} also stands with another name or postal code: {proposal}.",
    ),
    Text(
        "A lo más uno coincide con el SAT: corrija o quite el otro.",
        "At most one of them can match SAT: correct or drop the other.",
    ),
    sat_code="CFDI40145",
)

SAME_RFC_OTHER_REGIME = Rule(
    "X-DUP-RFC-REGIME",
    "rfc",
    None,
    Text(
        "El RFC {value} está también con otro régimen: {proposal}.",
        "The RFC {value} also stands with another régime: {proposal}.",
    ),
    Text(
        "Es legal tener varios; confirme que son dos clientes para usted.",
        "Having several is legal; make sure they are two clients to you.",
    ),
    Severity.WARNING,
)

SAME_ROW = Rule(
    "X-DUP-ROW",
    "rfc",
    None,
    Text("El mismo registro está repetido: {proposal}.", "The same record is repeated: {proposal}."),
    Text(
        "Se envía una sola vez si no lleva internalId; quite los demás.",
        "Without an internalId it is sent once; drop the others.",
    ),
    Severity.WARNING,
)

MANY_PUBLIC = Rule(
    "X-GENERIC-MANY",
    "legal_name",
    None,
    Text(
        "PUBLICO EN GENERAL está más de una vez: {proposal}.", "PUBLICO EN GENERAL stands more than once: {proposal}."
    ),
    Text("Basta un cliente con ese nombre.", "One client of that name is enough."),
    Severity.WARNING,
)

SHARED_EMAIL = Rule(
    "X-EMAIL-SHARED",
    "email",
    None,
    Text("El correo {value} es de varios RFC: {proposal}.", "The e-mail {value} belongs to several RFCs: {proposal}."),
    Text("Si es el de un contador está bien; si no, corríjalo.", "Fine if it is an accountant's; if not, correct it."),
    Severity.INFO,
)

_OF_SEVERAL = (SAME_RFC, SAME_RFC_OTHER_REGIME, SAME_ROW, MANY_PUBLIC, SHARED_EMAIL, ID_CHANGED, ID_CASE)
CROSSINGS = {rule.id: rule for rule in _OF_SEVERAL}
"""Rules of two or more rows of the call, by id; pipeline.source.duplicates and .changed_ids find the rows."""

STRANGE_COLUMN = Rule(
    "X-COLUMN-UNKNOWN",
    "",
    None,
    Text("La columna «{value}» no se conoce y no se envía.", "The column '{value}' is not known and not sent."),
    Text(
        "Dele uno de los nombres que se conocen o, para enviarla como dato suyo, metadata. y un nombre.",
        "Give it one of the known names or, to send it as your own data, metadata. and a name.",
    ),
    Severity.WARNING,
)
"""Of a whole file, so that even --strict rejects no row for it."""

UNWRITABLE = Rule(
    "API-UNWRITABLE",
    INTERNAL_ID,
    None,
    Text(
        "No se puede escribir para la API sin cambiar ni perder un dato: {value}.",
        "It cannot be written for the API without changing or losing something: {value}.",
    ),
    Text("Corrija ese campo e importe este archivo.", "Correct that field, then import this file."),
)

EXISTS_IN_ACCOUNT = Rule(
    "X-EXISTING",
    INTERNAL_ID,
    None,
    Text("La cuenta ya tiene este registro: {proposal}.", "The account holds this record already: {proposal}."),
    Text("Quite el renglón, o importe con --on-existing skip.", "Drop the row, or import with --on-existing skip."),
)

AMBIGUOUS = Rule(
    "X-EXISTING-MANY",
    INTERNAL_ID,
    None,
    Text(
        "La cuenta tiene varios registros que podrían ser este: {proposal}.",
        "The account holds several records that this may be: {proposal}.",
    ),
    Text(
        "Ponga al renglón el internalId de uno de ellos, o elimine los repetidos en la cuenta.",
        "Give the row the internalId of one of them, or remove the repeated ones from the account.",
    ),
)
