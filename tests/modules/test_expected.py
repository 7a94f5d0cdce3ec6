"""What the reply to a payment should say of money: one place says whether an amount is what was meant."""

import pytest

from pipeline.model import Expected


@pytest.mark.parametrize(
    ("amount", "net", "gross"),
    [(10000, True, False), (9999, False, False), (11600, False, True), (11602, False, True), (11603, False, False),
     (11598, False, True), (11597, False, False), (0, False, False)],
)  # fmt: skip
def test_an_amount_fits_without_tax_to_the_cent_and_with_tax_within_what_rounding_may_lie_off(
    amount: int, net: bool, gross: bool
) -> None:
    meant = Expected("MXN", 10000, 11600, 2)
    assert (meant.fits_net(amount), meant.fits_gross(amount), meant.fits(amount)) == (net, gross, net or gross)


def test_two_payments_together_are_expected_to_come_to_the_sum_of_both() -> None:
    assert Expected("MXN", 100, 116, 1).add(Expected("MXN", 50, 50, 0)) == Expected("MXN", 150, 166, 1)
