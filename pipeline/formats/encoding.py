"""The encoding of a text file, decided once for the whole of it: by its mark, by its being UTF-8, else by its words.

What no text file holds (a NUL byte, a control character, a line without end) is refused here, with its line.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError, InputError
from pipeline.formats.letters import CANDIDATES, UTF8, Reading, Words
from pipeline.formats.opening import CELL_BYTES, EXPORT_AGAIN, false_packing, open_decompressed, open_text
from pipeline.language.say import join_said, say

__all__ = [
    "UTF_8", "Encoding", "detect_encoding", "ends_with_line_end", "find_codec", "head_text", "open_lines", "read_head",
]  # fmt: skip

_END_MARK = "\x1a"
"""What DOS programs write after the last line."""

LINE_CHARS = 8 * CELL_BYTES
"""Longest line taken, in characters: lines are held in memory whole."""

_CHUNK = 1 << 20
_HEAD = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = {1: "utf-16-le", 0: "utf-16-be"}
"""UTF-16 without a mark, by the place that the zero bytes of ASCII letters have in each pair."""
_TITLES = {candidate.codec: candidate.title for candidate in CANDIDATES} | {
    "utf-16-le": say("UTF-16 (low byte first, without a mark)"),
    "utf-16-be": say("UTF-16 (high byte first, without a mark)"),
}
_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "utf-8-sig": "utf-8"}
"""What is meant by a name: Latin-1 has control characters where Windows, which goes by its name, has € and quotes."""
_NAMES = "utf-8, utf-16, cp1252, mac-roman, cp850, cp437"
_LINE_END = re.compile(r"[\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0E, 0x20)])
_ASCII_BASED = frozenset({"utf-8", "utf-8-sig", *(candidate.codec for candidate in CANDIDATES)})
"""Encodings in which a byte below 0x80 is its ASCII character and nothing else: bytes show what no text holds, at a
twentieth of the time."""
_OURS = re.compile("[\u00a1-\u017f\u2010-\u203a\u20ac\u2122]")
"""Letters of European languages and the marks of a text: no encoding of one byte has their UTF-8 in a word."""
_AFTER_END = re.compile(r"[\x1a\r\n\x00]*")
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """`codec` is Python's name; `note` says how it was found out, where that is not plain. `ended` tells that a DOS end
    mark stands after the last line."""

    codec: str
    note: str = ""
    ended: bool = False


UTF_8 = Encoding("utf-8")


def find_codec(name: str) -> str:
    """Python's name of an encoding that a person names. ConfigError when there is none, or it is none of text."""
    try:
        found = codecs.lookup(name)
        "a".encode(found.name)
    except (LookupError, ValueError) as error:
        raise ConfigError(
            say("--encoding {name}: there is no such encoding.", name=name), say("Name one of {names}.", names=_NAMES)
        ) from error
    return _MEANT.get(found.name, found.name)


def detect_encoding(path: Path, told: str | None = None) -> Encoding:
    """The encoding of a whole text file; `told` is what a person says it is, where its bytes do not prove another.

    InputError, with the line, when it is not text, or with words when it can be read in more than one way.
    """
    with open_decompressed(path) as stream:
        proven = _proven(stream.read(_HEAD))
    scan = _scan(path, proven or UTF8.codec)
    if proven is None and scan.fault is None and scan.strange:
        return _by_chance(path, told, scan)
    if scan.fault is None:
        codec = proven or UTF8.codec
        return Encoding(codec, _note_proven(codec, told, plain=scan.plain), scan.ended)
    if proven is None:
        return _told(path, told) if told else _weighed(path, scan.fault)
    raise InputError(
        say(
            "{path}, line {fault} holds bytes that are not {proven}, as the file's first bytes say.",
            path=path.name,
            fault=scan.fault,
            proven=_title(proven),
        ),
        EXPORT_AGAIN,
    )


def _by_chance(path: Path, told: str | None, scan: "_Scan") -> Encoding:
    """Two bytes of another encoding may be valid UTF-8: `Íñigo` in CP850 is `֤igo`, and no letter of ours tells."""
    if told:
        return _told(path, told)
    readings = _weigh(path).readings()
    if len(readings) == 1 or not any(reading.spanish for reading in readings[:-1]):
        return Encoding(UTF8.codec, "", scan.ended)
    raise _ambiguous(path, readings)


def _note_proven(codec: str, told: str | None, *, plain: bool) -> str:
    """Worth saying of bytes that prove their encoding: that they are not what a person said, or have no mark."""
    if told and not plain and not codec.startswith(told.removesuffix("-sig")):
        return say("read as {codec}, which its bytes prove, not as {told}", codec=_title(codec), told=_title(told))
    return say("read as {codec}", codec=_title(codec)) if codec in _UNMARKED.values() else ""


def head_text(path: Path) -> str:
    """The first characters of what may be text, as far as they can be told before all of it was looked at."""
    with open_decompressed(path) as stream:
        head = stream.read(_HEAD)
    return head.decode(_proven(head) or UTF8.codec, "ignore")


def _proven(head: bytes) -> str | None:
    """The encoding that a file's first bytes prove."""
    return next((codec for bom, codec in _MARKS if head.startswith(bom)), None) or _unmarked(head)


def _unmarked(head: bytes) -> str | None:
    """UTF-16 without a mark: among the first letters every second byte is zero, and hardly any other."""
    zeros = [head[parity::2].count(0) for parity in (0, 1)]
    parity = zeros.index(max(zeros))
    likely = len(head) >= 4 and zeros[parity] * 4 > len(head) and zeros[1 - parity] * 8 < zeros[parity]
    return _UNMARKED[parity] if likely else None


def _told(path: Path, codec: str) -> Encoding:
    scan = _scan(path, codec)
    if scan.fault is not None:
        raise InputError(
            say(
                "{path}, line {fault} holds bytes that are not {codec}.",
                path=path.name,
                fault=scan.fault,
                codec=_title(codec),
            ),
            say("Name the encoding it is written in with --encoding, or save it as CSV UTF-8."),
        )
    return Encoding(codec, say("read as {codec}, as told", codec=_title(codec)), scan.ended)


def _weighed(path: Path, line: int) -> Encoding:
    """The encoding that the file's words are in; `line` is the first that is not UTF-8."""
    readings = _weigh(path).readings()
    found = readings[0].candidate
    if len(readings) == 1 and found is not UTF8 and (readings[0].spanish or found is CANDIDATES[0]):
        scan = _scan(path, found.codec)
        if scan.fault is not None:
            raise InputError(
                say(
                    "{path}, line {fault} holds bytes that are not {title}, as the rest of the file is.",
                    path=path.name,
                    fault=scan.fault,
                    title=found.title,
                ),
                EXPORT_AGAIN,
            )
        return Encoding(found.codec, say("read as {title} (it is not UTF-8)", title=found.title), scan.ended)
    if _holds_control(path):
        raise _no_text(path, say("line {line} holds bytes that are not text", line=line))
    if len(readings) == 1 and found is not UTF8:
        raise InputError(
            say(
                "{path}, line {line} holds bytes that are not UTF-8, nor Spanish words in another encoding.",
                path=path.name,
                line=line,
            ),
            say("Say how it is written with --encoding, or save it as CSV UTF-8 from the program that made it."),
        )
    if any(reading.candidate is UTF8 for reading in readings):
        raise InputError(
            say("{path}, line {line} holds bytes that are not UTF-8, as other lines are.", path=path.name, line=line),
            say("Write that line again, or save the file as CSV UTF-8 from the program that made it."),
        )
    raise _ambiguous(path, readings)


def _weigh(path: Path) -> Words:
    words = Words()
    for chunk in _chunks(path):
        words.add(chunk)
    return words


def _ambiguous(path: Path, readings: list[Reading]) -> InputError:
    ways = [
        say("{reading} in {title}", reading=_examples(reading), title=reading.candidate.title) for reading in readings
    ]
    flags = [f"--encoding {reading.candidate.codec}" for reading in readings]
    return InputError(
        say(
            "{path} can be read in {numbers} ways: {ways}.",
            path=path.name,
            numbers=_NUMBERS[len(ways)],
            ways=join_said(", ", ways),
        ),
        say("Say which it is with {flags}, or save the file as CSV UTF-8.", flags=" / ".join(flags)),
    )


_NUMBERS = (say("no"), say("one"), say("two"), say("three"), say("four"), say("five"))


def _examples(reading: Reading) -> str:
    return " ".join(f"'{word[:_SHOWN]}'" for word in reading.examples) or say("nothing")


@dataclass(frozen=True, slots=True)
class _Scan:
    """What reading a file in one encoding shows: the line of the first byte that does not belong to it, whether a DOS
    end mark stands after the last line, whether all is ASCII, and whether nothing beyond it is of our alphabet."""

    fault: int | None
    ended: bool = False
    plain: bool = True
    strange: bool = False


def _scan(path: Path, codec: str) -> _Scan:
    """The whole file, decoded. InputError for what no text file holds."""
    decoder = codecs.getincrementaldecoder(codec)()
    line, begun, last = 1, 0, ""
    ended, plain, ours = False, True, False
    for chunk in _chunks(path):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return _Scan(line + _lines(error.object[: error.start].replace(b"\0", b"").decode("latin-1"), last))
        plain = plain and text.isascii()
        ours = ours or (not plain and _OURS.search(text) is not None)
        if ended or codec not in _ASCII_BASED or len(chunk.translate(None, _CONTROL_BYTES)) < len(chunk):
            ended = _refuse_control(text, line, path, ended=ended)
        end = _LINE_END.search(text)
        if begun + (end.start() if end else len(text)) > LINE_CHARS:
            raise InputError(
                say(
                    "{path}, line {line} is longer than {line_chars} MiB.",
                    path=path.name,
                    line=line,
                    line_chars=LINE_CHARS >> 20,
                ),
                say("Look there for a quote that is never closed; each record needs a line of its own."),
            )
        line += _lines(text, last)
        begun = len(text) - 1 - max(text.rfind("\n"), text.rfind("\r")) if end else begun + len(text)
        last = text[-1:] or last
    return _Scan(None, ended, plain, strange=not plain and not ours)


def _lines(text: str, last: str) -> int:
    """The line ends of a piece of text, of any kind; `last` is the character before it."""
    ends = text.count("\n")
    if "\r" in text or last == "\r":
        ends += text.count("\r") - text.count("\r\n") - (last == "\r" and text.startswith("\n"))
    return ends


def _refuse_control(text: str, line: int, path: Path, *, ended: bool) -> bool:
    """Whether a DOS end mark stands in this text or before it, and nothing after it. InputError for any other."""
    found = None if ended else _CONTROL.search(text)
    if found is None and not ended:
        return False
    start = found.start() if found else 0
    if ended or (found and found.group() == _END_MARK):
        if _AFTER_END.fullmatch(text, start):
            return True
        at = line + _lines(text[:start], "")
        raise InputError(
            say("{path}, line {at} holds a DOS end mark (0x1A) with more text after it.", path=path.name, at=at),
            say("Take that character out; where files were put together, look at what follows it."),
        )
    what = "a NUL byte" if text[start] == "\0" else say("a control character")
    raise _no_text(path, say("line {line} holds {what}", line=line + _lines(text[:start], ""), what=what))


def _holds_control(path: Path) -> bool:
    """Whether bytes stand in the file that no text of any of the encodings has."""
    return any(_CONTROL.search(chunk.rstrip(b"\x1a\r\n").decode("latin-1")) for chunk in _chunks(path))


def _chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes, and none to end with."""
    with open_decompressed(path) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
        yield b""


def _no_text(path: Path, why: str) -> InputError:
    """What is wrong with bytes that no text file holds; `why` names the place."""
    return false_packing(path) or InputError(
        say("{path} is not a text file: {why}.", path=path.name, why=why), EXPORT_AGAIN
    )


def _title(codec: str) -> str:
    return _TITLES.get(codec, codec.removesuffix("-sig").upper())


def read_head(path: Path, encoding: Encoding, chars: int) -> str:
    """The first characters of a text file."""
    with open_text(path, encoding.codec) as text:
        return text.read(chars).partition(_END_MARK)[0]


@contextmanager
def open_lines(path: Path, encoding: Encoding) -> Iterator[Iterator[str]]:
    """The lines of a text file with their ends as they stand, up to a DOS end mark."""
    with open_text(path, encoding.codec) as text:
        yield _lines_before_mark(text) if encoding.ended else text


def ends_with_line_end(path: Path, encoding: Encoding) -> bool:
    """Whether the last line of a text file is ended."""
    tail = b""
    for chunk in _chunks(path):
        tail = (tail + chunk)[-4:]
    return encoding.ended or tail.replace(b"\0", b"")[-1:] in (b"\n", b"\r")


def _lines_before_mark(text: Iterator[str]) -> Iterator[str]:
    for line in text:
        before, mark, _ = line.partition(_END_MARK)
        if before:
            yield before
        if mark:
            return
