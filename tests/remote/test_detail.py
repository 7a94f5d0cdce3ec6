"""One record asked for by its id: it is shown, or the reason is told why it could not be asked for."""

from __future__ import annotations

import asyncio

import pytest
from wire import a_client, an_answer, answering, serving

from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.remote.detail import Detail, read_detail


def asked(answer: bytes) -> Detail:
    """What is shown of payment `p_1` where the server answers so."""

    async def main() -> Detail:
        talk, _ = answering(answer)
        async with serving(talk) as base_url, a_client(base_url) as client:
            return await read_detail(ApiSession(client, Throttle(concurrency=1)), "payments", "p_1")

    return asyncio.run(main())


def test_a_record_is_shown_as_it_was_answered() -> None:
    assert asked(an_answer({"data": {"id": "p_1", "amount": 5}})) == Detail({"id": "p_1", "amount": 5})


@pytest.mark.parametrize("data", [None, [], {}, {"id": "p_2"}, [{"id": "p_1"}]])
def test_what_is_not_the_record_asked_for_shows_nothing(data: object) -> None:
    assert asked(an_answer({"data": data})) == Detail(None, "the API answered something else")


def test_what_the_api_refuses_to_show_is_not_said_to_be_missing() -> None:
    detail = asked(an_answer({"message": "no such payment"}, 404))
    assert detail == Detail(None, "The API refused it (404): no such payment", gone=True)


@pytest.mark.parametrize(
    "answer",
    [
        an_answer({"message": "Cannot GET /v2/payments/p_1"}, 404),
        an_answer({"error": {"code": "not_found", "message": "Route not found"}}, 404),
        b"HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<html>no</html>",
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    ],
)
def test_a_404_that_says_nothing_of_the_record_is_not_taken_for_its_absence(answer: bytes) -> None:
    detail = asked(answer)
    assert (detail.row, detail.gone) == (None, False) and detail.unread


@pytest.mark.parametrize("body", [{"message": "Not Found"}, {"error": {"code": "resource_not_found"}}])
def test_a_404_in_the_form_of_the_api_says_that_there_is_no_such_record(body: dict[str, object]) -> None:
    assert asked(an_answer(body, 404)).gone
