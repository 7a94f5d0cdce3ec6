"""Checked rows to request bodies: text cells become JSON numbers, booleans, instants; nothing is rounded or guessed.

Money goes from the user's digits to the digits of the body by way of Decimal. A fingerprint is taken over what the user
wrote, defaults apart, so that a later version of this tool with another default does not see a changed record.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import polars as pl

from pipeline.delivery.bodies.wire import BodyWriter, Unwritable
from pipeline.delivery.canary.amounts import read_expected
from pipeline.delivery.canary.features import SECOND, find_features, name_second
from pipeline.delivery.once import derive_once_key
from pipeline.formats import LINE, RAW
from pipeline.language.say import Said
from pipeline.model import RECORD, Account, Action, RecordKey
from schemas.cleaning.dates import wire
from schemas.dialects.spec import Create
from schemas.rules.declared import BOOLEANS, parse_map
from schemas.rules.tax.lines import TaxLine, parse
from schemas.spec import INTERNAL_ID, Column, Kind, Resource

__all__ = ["Fingerprint", "Sending", "build_actions", "build_second", "compare_fingerprints"]

_encode = msgspec.json.Encoder(decimal_format="number").encode
_DIGEST_BYTES = 4


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a record looked like, without its contents: the names of its fields and a short digest of each."""

    fields: tuple[str, ...]
    digests: bytes

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Fingerprint":
        fields = tuple(sorted(values))
        return cls(fields, b"".join(_digest(values[f]) for f in fields))

    def by_field(self) -> dict[str, bytes]:
        n = _DIGEST_BYTES
        return {f: self.digests[i * n : i * n + n] for i, f in enumerate(self.fields)}


class Sending(NamedTuple):
    """For whom and how bodies are written: the account, how often its ids were begun anew, the day (PlanContext), and
    whether a record may take two requests."""

    account: Account
    generation: int = 1
    today: date | None = None
    updates: bool = False
    in_two: bool = False


class Built(NamedTuple):
    """Actions with their fingerprints, in order; and the lines of records that the dialect cannot say, with why."""

    actions: list[tuple[Action, Fingerprint]]
    unwritable: list[tuple[int, Said]]


def build_second(action: Action, remote_id: str) -> Action:
    """The second request of a record that was created with that id."""
    return msgspec.structs.replace(
        action, body=action.then or b"{}", then=None, begun=remote_id, features=SECOND, references={}, expected=None
    )


def compare_fingerprints(old: Fingerprint, new: Fingerprint) -> tuple[str, ...]:
    """The fields in which two fingerprints differ, those that only one of them has included."""
    before, after = old.by_field(), new.by_field()
    return tuple(sorted(f for f in before.keys() | after.keys() if before.get(f) != after.get(f)))


def _digest(value: Any) -> bytes:
    return hashlib.blake2b(_encode(_plain(value)), digest_size=_DIGEST_BYTES).digest()


def _plain(value: Any) -> Any:
    """Numbers that are equal look equal: 100.50 and 100.5."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in sorted(value.items())}
    return value


def _wire_value(kind: Kind, text: str) -> Any:
    if kind in (Kind.MONEY, Kind.NUMBER):
        return Decimal(text)
    if kind is Kind.BOOLEAN:
        return BOOLEANS[text.lower()]
    if kind is Kind.TAXES:
        return [_tax(line) for line in parse(text)]
    return text


def _tax(line: TaxLine) -> dict[str, Any]:
    """The three documented members; `retained`, documented in the reply, only where a tax is withheld (ADR 0005)."""
    tax: dict[str, Any] = {"type": line.type, "factor": line.factor}
    if line.rate is not None:
        tax["rate"] = line.rate
    if line.retained:
        tax["retained"] = True
    return tax


def _values(
    frame: pl.DataFrame, columns: Mapping[str, Column], said: Collection[str] = ()
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Per row: the values to send and those that stay here, by field. What is `said` in a body is sent in any case."""
    dates = [f for f, c in columns.items() if c.kind is Kind.DATE and f in frame.columns]
    ready = frame.with_columns(wire(pl.col(f)).alias(f) for f in dates)
    names = [c for c in ready.columns if c not in (LINE, RECORD, RAW)]
    kinds = [(columns[n].kind, columns[n].sent or n in said) if n in columns else (Kind.TEXT, True) for n in names]
    for row in ready.select(names).iter_rows():
        sent: dict[str, Any] = {}
        kept: dict[str, str] = {}
        for name, (kind, goes), cell in zip(names, kinds, row, strict=True):
            if cell is None:
                continue
            if kind is Kind.MAP:
                sent.update({f"{name}.{n}": v for n, v in (parse_map(cell) or {}).items() if f"{name}.{n}" not in sent})
            elif goes:
                sent[name] = _wire_value(kind, cell)
            else:
                kept[name] = cell
        yield sent, kept


def _items_by_record(lines: pl.DataFrame, declared: Resource) -> dict[int, list[dict[str, Any]]]:
    if declared.lines is None or lines.is_empty():
        return {}
    columns = {c.field: c for c in declared.lines.columns}
    items: dict[int, list[dict[str, Any]]] = {}
    for record, (sent, _) in zip(lines[RECORD].to_list(), _values(lines, columns), strict=True):
        item = {name.removeprefix("items."): value for name, value in sent.items()}
        items.setdefault(record, []).append(item)
    return items


def build_actions(
    records: pl.DataFrame,
    lines: pl.DataFrame,
    declared: Resource,
    creates: Sequence[Create],
    sending: Sending,
) -> Built:
    """One action a good record, unless the dialect cannot say it. `creates` are the dialect's ways to create one.

    From the second generation on, the internalId that is sent ends in `~N`: the API keeps internalIds unique, and a
    look-up must tell the generations apart.
    """
    built, writer = Built([], []), _open_writer(creates, sending)
    said = frozenset(name for create in creates for name in create.fields)
    columns = {c.field: c for c in declared.record.columns}
    items = _items_by_record(lines, declared)
    keys = records.select(declared.key().alias("key"))["key"].to_list()
    features = find_features(records, lines, declared, creates, sending.account.livemode)
    places = zip(keys, records[LINE].to_list(), records[RECORD].to_list(), features, strict=True)
    for (key, line, record, asked), (sent, kept) in zip(places, _values(records, columns, said), strict=True):
        own_items = None if declared.lines is None else items[record]
        references = _find_references(kept, declared)
        own = _with_items(_with_keys(sent, references), own_items)
        fingerprint = Fingerprint.of(own)
        live = _live(own, columns, sending.account.livemode)
        values = _with_items(_numbered(_with_defaults(sent, columns, live), sending.generation), own_items)
        try:
            create, body = writer.write(values)
            second = writer.write_second(create, values)
        except Unwritable as why:
            built.unwritable.append((line, why.said))
            continue
        action = Action(
            resource=declared.name,
            key=key,
            livemode=live,
            line=line,
            body=_encode(body | _signs(creates[create], key, declared.name, live, sending)),
            references={writer.find_path(create, field): target for field, target in references.items()},
            local=_find_local(sent | kept, declared),
            expected=None if own_items is None else read_expected(values.get("currency", "MXN"), own_items),
            create=create,
            features=asked if second is None else name_second(asked, creates[create]),
            query=writer.find_query(create, values) or None,
            then=None if second is None else _encode(second),
        )
        built.actions.append((action, fingerprint))
    return built


def _open_writer(creates: Sequence[Create], sending: Sending) -> BodyWriter:
    return BodyWriter(creates, today=sending.today, updates=sending.updates, in_two=sending.in_two)


def _find_references(kept: Mapping[str, str], declared: Resource) -> dict[str, tuple[str, str]]:
    """By the field that is filled: the resource and the key of the record that a row refers to."""
    return {r.fills: (r.resource, RecordKey.of(kept[r.column])) for r in declared.references if r.column in kept}


def _find_local(own: Mapping[str, Any], declared: Resource) -> dict[str, str] | None:
    """What later files may take from the record; None where it has nothing of it."""
    return {f: str(own[f]) for f in declared.local if own.get(f) is not None} or None


def _signs(create: Create, key: str, resource: str, live: bool, sending: Sending) -> dict[str, Any]:
    """What a body says of itself beside the user's values: that it is live, and by what it is sent once only."""
    signs: dict[str, Any] = {create.mode: True} if live and create.mode else {}
    if create.once:
        signs[create.once] = derive_once_key(sending.account.name, live, resource, key, sending.generation)
    return signs


def _with_keys(values: dict[str, Any], references: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return values | {field: key for field, (_, key) in references.items()}


def _with_items(values: dict[str, Any], items: list[dict[str, Any]] | None) -> dict[str, Any]:
    return values if items is None else values | {"items": items}


def _numbered(values: dict[str, Any], generation: int) -> dict[str, Any]:
    if generation <= 1 or INTERNAL_ID not in values:
        return values
    return values | {INTERNAL_ID: f"{values[INTERNAL_ID]}~{generation}"}


def _live(values: Mapping[str, Any], columns: Mapping[str, Column], livemode: bool) -> bool:
    return bool(values.get("livemode", livemode)) if "livemode" in columns else livemode


def _with_defaults(values: dict[str, Any], columns: Mapping[str, Column], live: bool) -> dict[str, Any]:
    defaults = {f: c.default for f, c in columns.items() if c.default is not None}
    if "livemode" in defaults:
        defaults["livemode"] = live
    return {**defaults, **values}
