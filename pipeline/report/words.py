"""What the page says in its own voice, in Spanish and English. Findings bring their own sentences."""

from collections.abc import Callable
from typing import Literal

__all__ = ["WORDS", "Say", "words"]

Say = Callable[[str], str]

WORDS: dict[str, tuple[str, str]] = {
    # key: (es, en)
    "title": ("Informe de importación", "Import report"),
    "ok": ("Terminada", "Done"),
    "partial": ("Terminada con pendientes", "Done, with exceptions"),
    "failed": ("Fallida", "Failed"),
    "interrupted": ("Interrumpida", "Interrupted"),
    "dry_run": ("Ensayo: no se envió nada.", "Dry run: nothing was sent."),
    "would_create": ("Se crearían", "Would be created"),
    "next": ("Qué hacer ahora", "What to do next"),
    "run": ("Corrida", "Run"),
    "account": ("Cuenta", "Account"),
    "mode": ("Modo", "Mode"),
    "live": ("real: tiene efectos fiscales", "live: real fiscal consequences"),
    "test": ("prueba", "test"),
    "dialect": ("Dialecto del API", "API dialect"),
    "begun": ("Inicio", "Begun"),
    "ended": ("Fin", "Ended"),
    "duration": ("Duración", "Duration"),
    "zone": ("hora de la Ciudad de México", "Mexico City time"),
    "version": ("Versión", "Version"),
    # counts
    "counts": ("Qué pasó con cada registro", "What became of every record"),
    "resource": ("Recurso", "Resource"),
    "clients": ("clientes", "clients"),
    "services": ("servicios", "services"),
    "payments": ("pagos", "payments"),
    "read": ("leídos", "read"),
    "created": ("creados", "created"),
    "existing": ("ya existían", "existing"),
    "rejected": ("rechazados aquí", "rejected here"),
    "refused": ("rechazados por el API", "refused by the API"),
    "in_doubt": ("en duda", "in doubt"),
    "unsent": ("sin enviar", "unsent"),
    "balanced": ("Cuadra", "Balanced"),
    "unbalanced": ("NO CUADRA", "DOES NOT BALANCE"),
    # sums
    "sums": ("Importes de los pagos creados", "Amounts of the payments created"),
    "currency": ("Moneda", "Currency"),
    "net": ("En los archivos, sin impuestos", "In the files, before tax"),
    "gross": ("En los archivos, con impuestos", "In the files, with tax"),
    "answered": ("Según el API", "As the API answered"),
    "difference": ("Diferencia", "Difference"),
    "sums_note": (
        "La diferencia se toma contra el importe con impuestos, o sin ellos si el API contesta sin impuestos; unos "
        "centavos pueden deberse al redondeo por partida. Los pagos cuya respuesta se perdió no cuentan aquí.",
        "The difference is against the amount with tax, or before tax where the API answers so; a few cents may be due "
        "to rounding line by line. Payments whose answer was lost do not count here.",
    ),
    # records and findings
    "notable": ("Registros rechazados por el API o en duda", "Records refused by the API or in doubt"),
    "error": ("Errores: registros que no pasaron", "Errors: records that did not pass"),
    "warning": ("Avisos: se aceptan, pero conviene revisarlos", "Warnings: accepted, but worth a look"),
    "fix": ("Arreglos: lo que se corrigió sin perder nada", "Fixes: what was repaired without loss"),
    "info": ("Para su información", "For your information"),
    "errors": ("errores", "errors"),
    "warnings": ("avisos", "warnings"),
    "fixes": ("arreglos", "fixes"),
    "infos": ("notas", "notes"),
    "first": ("primeros", "first"),
    "of": ("de", "of"),
    "place": ("Lugar", "Place"),
    "line": ("línea", "line"),
    "column": ("Columna", "Column"),
    "record": ("Registro", "Record"),
    "value": ("Valor", "Value"),
    "before": ("Antes", "Before"),
    "after": ("Después", "After"),
    "proposal": ("Propuesta", "Proposal"),
    "finding": ("Hallazgo", "Finding"),
    "state": ("Estado", "State"),
    "code": ("Código", "Code"),
    "message": ("Mensaje", "Message"),
    "sat_code": ("código del SAT", "SAT code"),
    "more": ("Hay más: vea", "There are more; see"),
    # files, catalogues, outputs
    "files": ("Archivos leídos", "Files read"),
    "file": ("Archivo", "File"),
    "rows": ("Renglones", "Rows"),
    "catalogs": ("Catálogos del SAT usados", "SAT catalogues used"),
    "catalog": ("Catálogo", "Catalogue"),
    "product_keys": ("claves de producto y servicio", "product and service keys"),
    "unit_keys": ("claves de unidad", "unit keys"),
    "postal_codes": ("códigos postales", "postal codes"),
    "small_catalogs": ("catálogos pequeños", "small catalogues"),
    "source": ("Fuente", "Source"),
    "edition": ("Edición", "Edition"),
    "keys": ("Claves", "Keys"),
    "stale": (
        "de más de 12 meses: sus «no existe» bajan un grado",
        "over 12 months old: its 'does not exist' counts one step less",
    ),
    "outputs": ("Archivos escritos", "Files written"),
    "rejects": ("rechazados", "rejects"),
    "problems": ("hallazgos", "problems"),
    "report": ("este informe", "this report"),
    "footer": (
        "Hecho por gigbulk a partir de su bitácora. No contiene la clave del API; sí contiene datos de sus archivos.",
        "Made by gigbulk from its journal. It does not hold the API key; it does hold data of your files.",
    ),
    # what to do next
    "do_nothing": (
        "Todo está hecho. Repetir la misma importación no envía nada dos veces.",
        "All is done. Repeating the same import sends nothing twice.",
    ),
    "do_error": (
        "La corrida se detuvo; resuelva lo que dice arriba y termínela:",
        "The run was stopped; settle what is said above, then finish it:",
    ),
    "do_correct": (
        "Corrija los registros rechazados en estos archivos y luego impórtelos; las columnas que empiezan con _ dicen "
        "por qué y se ignoran al importar:",
        "Correct the rejected records in these files, then import them; the columns that begin with _ say why and are "
        "ignored on the way in:",
    ),
    "do_doubt": (
        "Hay registros en duda (enviados, sin respuesta conocida). No los envíe de otro modo; esto los busca primero:",
        "Some records are in doubt (sent, answer unknown). Do not send them any other way; this looks them up first:",
    ),
    "do_settle": (
        "Si siguen en duda, búsquelos en su cuenta y decida (created o absent):",
        "If they stay in doubt, look for them in your account and decide (created or absent):",
    ),
    "do_resume": ("Termine lo que falta:", "Finish what is left:"),
    "do_rest": ("El límite dejó registros sin enviar; envíelos:", "The limit left records unsent; send the rest:"),
    "do_send": ("Si el ensayo es lo que quiere, envíelo:", "If the dry run is what you want, send it:"),
    "do_warnings": (
        "Revise los avisos de abajo: esos registros se aceptan, pero la factura puede fallar.",
        "Look at the warnings below: those records are accepted, but the invoice may fail.",
    ),
    "do_update": (
        "Un catálogo del SAT tiene más de 12 meses; descargue el archivo actual y cárguelo:",
        "A SAT catalogue is over 12 months old; download the current file and load it:",
    ),
    "do_history": ("Para ver esta corrida en la terminal:", "To see this run in the terminal:"),
}  # fmt: skip


def words(lang: Literal["es", "en"] | str) -> Say:
    """The word of that name in the language; a name without a word stands for itself."""
    position = 0 if lang == "es" else 1

    def say(name: str) -> str:
        return WORDS[name][position] if name in WORDS else name

    return say
