"""Words for true and false."""

from __future__ import annotations

import pytest
from judging import a_payment, a_service, checked, errors

from schemas.rules.declared import BOOLEANS

TRUE = ["1.0", "1", "S", "s", "Sí", "X", "V", "VERDADERO", "t", "Y", "Pagado", "PAGADA", "cobrado"]
FALSE = ["0.0", "0", "N", "F", "falso", "Pendiente", "No pagado", "por cobrar"]


@pytest.mark.parametrize(("word", "value"), [(w, True) for w in TRUE] + [(w, False) for w in FALSE])
def test_a_payment_says_in_many_words_whether_it_is_paid(word: str, value: bool) -> None:
    outcome = checked("payments", [a_payment(paid=word)])
    (cell,) = outcome.records["paid"].to_list()
    assert BOOLEANS[cell.lower()] is value


def test_a_word_of_one_column_is_no_word_of_another() -> None:
    assert "API-BOOLEAN" in errors("payments", a_payment(livemode="Pagado"))
    assert "API-BOOLEAN" in errors("payments", a_payment(paid="Activo"))
    assert "API-BOOLEAN" not in errors("services", a_service(isActive="Inactivo"))


@pytest.mark.parametrize("word", ["quizá", "2", "0.5", "parcial"])
def test_what_is_neither_is_an_error(word: str) -> None:
    assert "API-BOOLEAN" in errors("payments", a_payment(paid=word))
