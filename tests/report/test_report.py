"""What the page about an import tells, and to whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pages import a_finding, a_result, a_run, an_edition, counts, journaled, page, text_of

from pipeline.errors import OutputError
from pipeline.language.catalogue import LANGUAGES
from pipeline.report.words import WORDS, words


def test_it_says_which_run_it_was_for_which_account_in_which_mode_and_when(tmp_path: Path) -> None:
    run = a_run(finished_at="2026-05-31T18:00:01.250+00:00", livemode=True)
    text = text_of(page(tmp_path, run=run))
    assert "20260531-1800" in text
    assert "https://api.example.test/v2 team t1" in text
    assert "live: real fiscal consequences" in text
    assert "API dialect 2025-06" in text.replace("\n", " ")
    assert "Begun 2026-05-31 12:00:00 (Mexico City time)" in text
    assert "Ended 2026-05-31 12:00:01 (Mexico City time)" in text


def test_it_names_every_file_with_its_rows_and_the_beginning_of_its_hash(tmp_path: Path) -> None:
    assert "clients.csv clients 3 0123456789ab " in text_of(page(tmp_path))


def test_how_a_file_was_read_is_said_below_the_files(tmp_path: Path) -> None:
    text = text_of(page(tmp_path, notes=[("clients.csv", "read as Windows-1252"), ("clients.csv", "date: day first")]))
    assert "0123456789ab clients.csv: read as Windows-1252 clients.csv: date: day first" in text


def test_every_resource_has_its_counts_and_a_line_that_shows_that_they_balance(tmp_path: Path) -> None:
    resources = {"clients": counts(created=3), "payments": counts(created=1100, rejected=20, in_doubt=1)}
    text = text_of(page(tmp_path, result=a_result(resources=resources)))
    assert "payments 1,121 1,100 0 20 0 1 0" in text
    assert "Balanced · payments: 1,121 read = 1,100 created + 20 rejected here + 1 in doubt" in text
    assert "DOES NOT BALANCE" not in text


def test_counts_that_do_not_balance_are_said_so(tmp_path: Path) -> None:
    result = a_result(resources={"payments": counts(created=3) | {"read": 4}})
    assert "DOES NOT BALANCE · payments: 4 read = 3 created" in text_of(page(tmp_path, result=result))


def test_cents_are_shown_as_amounts_and_compared_with_what_the_api_answered(tmp_path: Path) -> None:
    sums = {
        "EUR": {"payments": 1, "net": 100, "gross": 116, "answered": 100},
        "MXN": {"payments": 1200, "net": 1000000, "gross": 1160000, "answered": 1160000},
        "USD": {"payments": 2, "net": 200, "gross": 232, "answered": 230},
    }
    text = text_of(page(tmp_path, result=a_result(sums=sums)))
    assert "EUR 1 1.00 1.16 1.00 0.00" in text
    assert "MXN 1,200 10,000.00 11,600.00 11,600.00 0.00" in text
    assert "USD 2 2.00 2.32 2.30 -0.02" in text


def test_a_rule_is_shown_with_its_count_sat_code_sentence_advice_and_places(tmp_path: Path) -> None:
    text = text_of(page(tmp_path, a_finding(), a_finding(line=9, key="c3")))
    assert "CLIENT-ZIP-CATALOG × 2 SAT code CFDI40147" in text
    assert text.count("There is no postal code 6601.") == 1
    assert text.count("Look it up on the tax certificate.") == 1
    assert "clients.csv:7 Código postal c1 6601" in text
    assert "clients.csv:9 Código postal c3 6601" in text


def test_sentences_that_differ_are_shown_beside_their_own_places(tmp_path: Path) -> None:
    other = a_finding(line=9, value="x", message="There is no postal code x.")
    text = text_of(page(tmp_path, a_finding(), other))
    assert "clients.csv:7 Código postal c1 6601 There is no postal code 6601." in text
    assert "clients.csv:9 Código postal c1 x There is no postal code x." in text
    assert text.count("Look it up on the tax certificate.") == 1


def test_only_the_first_places_of_a_rule_are_shown_and_the_page_says_so(tmp_path: Path) -> None:
    text = text_of(page(tmp_path, *(a_finding(line=line) for line in range(2, 1202))))
    assert "× 1,200" in text
    assert "first 5 of 1,200" in text
    assert "clients.csv:6" in text
    assert "clients.csv:7" not in text


def test_a_fix_is_shown_as_it_was_and_as_it_is_now(tmp_path: Path) -> None:
    fix = a_finding(severity="fix", rule="NORM-PAD", value="6600", proposal="06600")
    text = text_of(page(tmp_path, fix))
    assert "Fixes: what was repaired without loss" in text
    assert "Place Column Record Before After" in text
    assert "clients.csv:7 Código postal c1 6600 06600" in text


def test_errors_stand_before_warnings_and_warnings_before_fixes(tmp_path: Path) -> None:
    text = text_of(
        page(tmp_path, *(a_finding(severity=s, rule=s.upper()) for s in ("info", "fix", "warning", "error")))
    )
    places = [text.index(f"{severity} × 1") for severity in ("ERROR", "WARNING", "FIX", "INFO")]
    assert places == sorted(places)


def test_a_rule_that_is_an_error_here_and_a_warning_there_is_counted_apart(tmp_path: Path) -> None:
    text = text_of(page(tmp_path, a_finding(), a_finding(severity="warning"), a_finding(severity="warning")))
    assert "1 errors 2 warnings" in text


def test_records_refused_or_in_doubt_come_from_the_journal_with_the_api_s_own_words(tmp_path: Path) -> None:
    run, files, notable = journaled(tmp_path)
    result = a_result(status="partial", resources={"payments": counts(refused=1, in_doubt=1)})
    text = text_of(page(tmp_path, run=run, files=files, notable=notable, result=result))
    assert "payments p2 line 2 refused by the API validation_failed The API refused it." in text
    assert "payments p3 line 3 in doubt The connection broke after the request had left." in text


def test_when_more_records_were_refused_than_are_shown_the_page_says_where_the_others_are(tmp_path: Path) -> None:
    run, files, notable = journaled(tmp_path)
    outputs = {"rejects_files": ["payments.rejects.csv"]}
    result = a_result(status="partial", resources={"payments": counts(refused=40, in_doubt=1)}, outputs=outputs)
    text = text_of(page(tmp_path, run=run, files=files, notable=notable, result=result))
    assert "first 2 of 41. There are more; see payments.rejects.csv" in text


def test_every_catalogue_is_named_with_its_edition_and_an_old_one_is_marked(tmp_path: Path) -> None:
    old = an_edition(name="product_keys", edition=date(2025, 5, 31))
    text = text_of(page(tmp_path, catalogs=[an_edition(), old]))
    assert "postal codes 2026-05-01 95,748 SAT, catCFDI_V_4_20260501.xls" in text
    assert "product and service keys 2025-05-31 over 12 months old" in text
    assert "gigbulk catalogs update" in text


def test_files_that_were_written_are_listed(tmp_path: Path) -> None:
    outputs = {
        "rejects": "a.rejects.csv",
        "rejects_files": ["a.rejects.csv", "b.rejects.csv"],
        "problems": "p.csv",
        "report": None,
    }
    text = text_of(page(tmp_path, result=a_result(outputs=outputs)))
    assert "rejects a.rejects.csv rejects b.rejects.csv problems p.csv" in text


def test_what_stopped_the_run_stands_at_the_top(tmp_path: Path) -> None:
    result = a_result(status="failed", error="The API key was refused.", imbalance="Payments in MXN add up wrong.")
    text = text_of(page(tmp_path, result=result))
    assert text.index("The API key was refused.") < text.index("What to do next")
    assert text.index("Payments in MXN add up wrong.") < text.index("What to do next")


def test_a_dry_run_says_that_nothing_was_sent_and_how_much_would_be(tmp_path: Path) -> None:
    result = a_result(resources={"clients": counts(unsent=1500) | {"would_create": 1500}})
    text = text_of(page(tmp_path, run=a_run(settings={"dry_run": True}), result=result))
    assert "Dry run: nothing was sent. Would be created: 1,500." in text


def test_the_page_speaks_spanish_or_english_and_only_that(tmp_path: Path) -> None:
    spanish, english = (page(tmp_path, a_finding(), lang=lang) for lang in ("es", "en"))
    assert '<html lang="es">' in spanish
    assert '<html lang="en">' in english
    for key in ("title", "next", "counts", "files", "catalogs", "footer", "balanced", "error"):
        in_spanish, in_english = (words(lang)(key) for lang in LANGUAGES)
        assert in_spanish in text_of(spanish)
        assert in_spanish not in text_of(english)
        assert in_english in text_of(english)


def test_every_word_is_said_in_both_languages() -> None:
    assert [key for key in WORDS if words("es")(key) == words("en")(key)] == []


def test_a_page_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written"):
        page(tmp_path / "missing", findings=[])
    assert list(tmp_path.iterdir()) == []


def test_a_page_replaces_the_one_before_it(tmp_path: Path) -> None:
    page(tmp_path, lang="es")
    assert '<html lang="en">' in page(tmp_path, lang="en")
