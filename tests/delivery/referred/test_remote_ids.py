"""Which column is told of a record that waits for one that was refused."""

from __future__ import annotations

import pytest
from builders import an_action

from pipeline.delivery.bodies.wire import BodyWriter
from pipeline.delivery.referred.remote_ids import find_column
from schemas import declared_resources
from schemas.dialects import DIALECTS
from schemas.spec import Reference

REFERENCES = [
    (spoken, name, number, reference)
    for spoken, dialect in DIALECTS.items()
    for name, declared in declared_resources().items()
    for number, create in enumerate(dialect.endpoints[name].creates)
    for reference in declared.references
    if reference.fills in create.fields
]


@pytest.mark.parametrize(("spoken", "name", "number", "reference"), REFERENCES)
def test_the_column_of_a_blocked_record_is_the_one_that_names_what_was_refused(
    spoken: str, name: str, number: int, reference: Reference
) -> None:
    path = BodyWriter(DIALECTS[spoken].endpoints[name].creates).find_path(number, reference.fills)
    assert find_column(an_action(resource=name, create=number), path, DIALECTS[spoken]) == reference.column
