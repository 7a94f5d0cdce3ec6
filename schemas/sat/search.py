"""Find a product or unit key by words, and show what is known of one key.

A search must feel instant, so it needs the standard library only: the names lie in one text, folded byte for byte (no
accents, lower case), and each query word is found by one scan over it. Only the lines that were hit become objects.
"""

import lzma
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from math import log
from pathlib import Path

from schemas.sat.editions import SEARCH_TEXT, Edition, edition

__all__ = ["CatalogMatch", "search"]

# What people type, and what the catalogue (a translation from English) calls it. Folded; the left side singular.
OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "abogado": ("legal",),
    "asesoria": ("consultoria", "asistencia", "servicio"),
    "carro": ("automovil",),
    "celular": ("telefono movil",),
    "consultoria": ("asesoria", "ingenieria"),
    "contador": ("contable", "contabilidad"),
    "curso": ("capacitacion", "entrenamiento", "ensenanza", "educacion"),
    "departamento": ("vivienda", "residencial"),
    "desarrollo": ("programacion", "ingenieria"),
    "flete": ("transporte de carga",),
    "honorario": ("servicio",),
    "hospedaje": ("hotel", "alojamiento"),
    "hr": ("hora",),
    "ingles": ("idioma",),
    "kg": ("kilogramo",),
    "kilo": ("kilogramo",),
    "laptop": ("computadores portatiles", "computador portatil"),
    "local": ("instalaciones comerciales",),
    "lt": ("litro",),
    "oficina": ("edificacion", "instalaciones comerciales"),
    "playera": ("camiseta",),
    "programa": ("software", "aplicacion"),
    "pz": ("pieza",),
    "pza": ("pieza",),
    "renta": ("arrendamiento", "alquiler"),
    "sitio": ("pagina",),
}
# Words that ask for work rather than goods: product keys from 70 on are services (UNSPSC segments 70 to 94).
SERVICE_WORDS = frozenset(
    [
        "asesoria",
        "auditoria",
        "capacitacion",
        "consultoria",
        "curso",
        "desarrollo",
        "diseno",
        "flete",
        "honorario",
        "hospedaje",
        "instalacion",
        "limpieza",
        "mantenimiento",
        "mudanza",
        "publicidad",
        "renta",
        "reparacion",
        "servicio",
        "transporte",
    ]
)
_FIRST_SERVICE_KEY = "70"
_IGNORED = frozenset(
    ["a", "al", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "sin", "su", "un", "una", "y"]
)

# How much of a word was found, and where: in the key's name, or in SAT's list of similar words.
_WHOLE, _PREFIX, _INSIDE = 1.0, 0.6, 0.15
_COUNTS_FROM = 0.3  # a hit inside another word adds to the score but is not a word found
_CATALOG, _KEY, _NAME, _SIMILAR = range(4)  # the fields of a line
_SIMILAR_WEIGHT = 0.7
_SYNONYM = 0.75
_SERVICE_FAVOUR = 1.3
_PREFIX_FROM = 3  # letters: a shorter word must be there whole
_INSIDE_FROM = 4  # letters: shorter words are found inside too many others
_SHORTLIST = 30  # times the limit: how many lines are looked at closely
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(frozen=True, slots=True)
class CatalogMatch:
    """One hit. `words` is how many words of the query it has; `similar` is SAT's own list of other words."""

    catalog: str
    key: str
    name: str
    similar: str
    words: int
    score: float


@dataclass(frozen=True, slots=True)
class _Text:
    """The search text, its folded copy (same length, so positions agree) and where each line starts."""

    plain: str
    folded: bytes
    starts: list[int]

    def line_at(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1

    def length(self, line: int) -> int:
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.folded)
        return end - self.starts[line]

    def fields(self, line: int) -> list[str]:
        end = self.plain.index("\n", self.starts[line])
        return self.plain[self.starts[line] : end].split("\t")


def _folding() -> bytes:
    """Latin-1 byte to its lower-case letter without accent."""
    table = bytearray(range(256))
    for upper in range(ord("A"), ord("Z") + 1):
        table[upper] = upper + 32
    for letter, accented in {
        "a": "áàâäãå",
        "e": "éèêë",
        "i": "íìîï",
        "o": "óòôöõ",
        "u": "úùûü",
        "n": "ñ",
        "c": "ç",
    }.items():
        for one in accented + accented.upper():
            table[one.encode("latin-1")[0]] = ord(letter)
    return bytes(table)


_FOLDING = _folding()


def fold(text: str) -> bytes:
    """`text` in lower case and without accents, one byte per character; characters outside Latin-1 become `?`."""
    return text.encode("latin-1", "replace").translate(_FOLDING)


@lru_cache(maxsize=2)
def _text(source: Edition) -> _Text:
    plain = lzma.decompress(source.read_bytes()).decode()
    folded = fold(plain)
    starts = [0, *(newline.end() for newline in re.finditer(rb"\n", folded))]
    return _Text(plain, folded, starts[:-1])


def search(query: str, limit: int = 10, folder: Path | None = None) -> list[CatalogMatch]:
    """The keys whose names fit the words of `query` best, at most `limit`; none if no word is found.

    Accents, case, order and plurals do not matter. A name with all the words comes before one with some; then rare
    words count more than common ones, whole words more than beginnings, and names that say little else more than long
    ones. A key, or the beginning of one, finds keys. Raises CatalogError when the catalogue in use is damaged.
    """
    text = _text(edition(SEARCH_TEXT, folder))
    asked = _words(fold(query))
    words: Counter[int] = Counter()
    scores: dict[int, float] = defaultdict(float)
    for word in asked:
        for line, (strength, score) in _hits(text, word).items():
            words[line] += strength >= _COUNTS_FROM
            scores[line] += score
    promising = nlargest(limit * _SHORTLIST, scores, key=lambda line: (words[line], scores[line], -text.length(line)))
    favour = any(_stem(word)[0] in SERVICE_WORDS for word in asked)
    matches = [_match(text, line, words[line], scores[line], favour) for line in promising]
    return sorted(matches, key=_rank)[:limit]


def _rank(match: CatalogMatch) -> tuple[int, float, bool, int, str]:
    return -match.words, -match.score, match.catalog == "product_keys", len(match.name), match.key


def _words(folded: bytes) -> list[str]:
    """The distinct words of a folded text that carry meaning, in order."""
    found = re.findall(r"[a-z0-9]+", folded.decode("latin-1"))
    return [word for word in dict.fromkeys(found) if word not in _IGNORED]


def _match(text: _Text, line: int, words: int, score: float, favour_services: bool) -> CatalogMatch:
    """One line as a hit; a name of which the query says all counts twice one of which it says little."""
    catalog, key, name, similar = text.fields(line)
    score *= 1 + min(1.0, words / max(1, len(_words(fold(name)))))
    if favour_services and catalog == "product_keys" and key >= _FIRST_SERVICE_KEY:
        score *= _SERVICE_FAVOUR
    return CatalogMatch(catalog, key, name, similar, words, round(score, 3))


def _hits(text: _Text, word: str) -> dict[int, tuple[float, float]]:
    """Lines with this word or a synonym: how well it fits (0 to 1), and that weighed by how rare the form is."""
    stem, ending = _stem(word)
    forms = [(stem, ending, 1.0), *((*_stem(other), _SYNONYM) for other in OTHER_WORDS.get(stem, ()))]
    best: dict[int, tuple[float, float]] = {}
    for form, form_ending, weight in forms:
        strengths: dict[int, float] = {}
        for line, strength in _occurrences(text, form, form_ending):
            strengths[line] = max(strengths.get(line, 0.0), strength * weight)
        rarity = log(1 + len(text.starts) / max(1, len(strengths)))
        for line, strength in strengths.items():
            best[line] = max(best.get(line, (0.0, 0.0)), (strength, strength * rarity))
    return best


def _stem(word: str) -> tuple[str, str]:
    """A word without its plural, and a pattern for the endings that make it singular or plural again."""
    singular = re.sub("ces$", "z", word)
    if len(singular) > 2 and singular.endswith("z"):
        return singular[:-1], "(?:z|ces?)"  # luz, luces; bronce, bronces
    if len(word) > 4 and word.endswith("es") and word[-3] not in "aeiou":
        return word[:-2], "(?:e|es|s)?"  # camión, camiones; parte, partes
    if len(word) > 3 and word.endswith("s") and word[-2] in "aeiou":
        return word[:-1], "s?"
    return word, "(?:es|s)?"


def _occurrences(text: _Text, stem: str, ending: str) -> Iterator[tuple[int, float]]:
    folded = text.folded
    whole = rf"{ending}(?![a-z0-9])"
    pattern = rf"{stem}(?:{whole})?" if len(stem) >= _PREFIX_FROM else rf"(?<![a-z0-9]){stem}{whole}"
    for hit in re.finditer(pattern.encode(), folded):
        line = text.line_at(hit.start())
        field = folded.count(b"\t", text.starts[line], hit.start())
        if field == _CATALOG:
            continue
        weight = _SIMILAR_WEIGHT if field == _SIMILAR else 1.0
        begins, ends = folded[hit.start() - 1] not in _WORD_BYTES, folded[hit.end()] not in _WORD_BYTES
        if field == _KEY:  # keys have no plural: KGS is not several KG
            begins &= stem.isdigit() or (ends and hit.group() == stem.encode())
        if begins and ends:
            yield line, _WHOLE * weight
        elif begins:
            yield line, _PREFIX * weight
        elif field != _KEY and len(stem) >= _INSIDE_FROM:
            yield line, _INSIDE * weight
