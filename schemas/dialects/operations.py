"""What can be done with each resource in each generation, read off its declarations: the page docs/operations.md.

An operation is a verb on one resource: the path it takes is the endpoint's, what proves it and what repeating it does
are the verb's.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.dialects import DIALECTS
from schemas.dialects.spec import Dialect, Endpoint

__all__ = ["EVERY_VERB", "Verb", "dialects_that", "operations", "page"]


class Verb(NamedTuple):
    """`said_by`: the command; `shown_by`: what shows that it was carried out; `repeated`: what saying it again does;
    `undo`: how it is taken back."""

    said_by: str
    shown_by: str
    repeated: str
    undo: str


EVERY_VERB: Mapping[str, Verb] = {
    "create": Verb(
        "`import`",
        "an answer with an id that shows the record as it was sent",
        "makes another record: never said again before it was looked up",
        "`delete`, where the generation has it",
    ),
    "list": Verb("`export`", "all pages to the end", "changes nothing", "nothing to take back"),
    "get": Verb("`export --ids`", "the record of that id", "changes nothing", "nothing to take back"),
    "update": Verb(
        "`import --update`",
        "the record shows what the file says",
        "changes nothing more",
        "the old values are kept with the run",
    ),
    "delete": Verb(
        "`delete`",
        "the record is not there any more, or shows that it is canceled",
        "changes nothing more: what is not there counts as absent",
        "no: the record is kept as it was with the run",
    ),
    "paid": Verb(
        "`import --two-step`",
        "the record shows the payment, its form and its day",
        "is refused by the API: looked up before",
        "no",
    ),
}
"""Every verb that some generation has, in the order of a record's life."""


def operations(endpoint: Endpoint) -> dict[str, tuple[str, ...]]:
    """The verbs of one resource, each with its requests."""
    found = {
        "create": _once(f"POST {create.path}" for create in endpoint.creates),
        "list": (f"GET {endpoint.path}",),
        "get": _said("GET", endpoint.record),
        "update": _said("PUT", endpoint.change),
        "delete": _said("DELETE", endpoint.removal.path if endpoint.removal else None),
        "paid": _once(f"POST {create.then.path}" for create in endpoint.creates if create.then),
    }
    return {verb: requests for verb, requests in found.items() if requests}


def _said(method: str, path: str | None) -> tuple[str, ...]:
    return (f"{method} {path}",) if path else ()


def _once(requests: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(requests))


def dialects_that(verb: str, resource: str) -> tuple[str, ...]:
    """The generations in which that can be done."""
    return tuple(name for name, spoken in DIALECTS.items() if verb in _verbs(spoken, resource))


def _verbs(spoken: Dialect, resource: str) -> dict[str, tuple[str, ...]]:
    endpoint = spoken.endpoints.get(resource)
    return operations(endpoint) if endpoint is not None else {}


def page() -> str:
    """docs/operations.md."""
    lines = [
        *_HEAD,
        *_row("verb", "said by", "is proven by", "said again it", "taken back by"),
        "|---|---|---|---|---|",
    ]
    lines += [line for verb, told in EVERY_VERB.items() for line in _row(verb, *told)]
    lines += ["", "## By resource", "", *_row("resource", "verb", *DIALECTS), "|---|---|" + "---|" * len(DIALECTS)]
    resources = dict.fromkeys(name for spoken in DIALECTS.values() for name in spoken.endpoints)
    for resource in resources:
        for verb in EVERY_VERB:
            cells = [_cell(_verbs(spoken, resource).get(verb, ())) for spoken in DIALECTS.values()]
            if any(cells):
                lines += _row(resource, verb, *cells)
    return "\n".join([*lines, ""])


_HEAD = (
    "# What can be done with each resource",
    "",
    "Made from the declarations in `schemas/dialects/`: a test compares. `{id}` stands for a record's id. Where a cell",
    "is empty the documents of that generation have no such request, and gigbulk says so, naming the one that has it.",
    "",
)


def _row(*cells: str) -> tuple[str]:
    return ("| " + " | ".join(cells).replace("|  |", "| |") + " |",)


def _cell(requests: tuple[str, ...]) -> str:
    return ", ".join(f"`{request}`" for request in requests)
