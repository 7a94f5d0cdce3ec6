"""What the page says in its own voice, by name. Findings bring their own sentences."""

from collections.abc import Callable
from typing import Literal

from pipeline.language.catalogue import translate
from pipeline.language.names import name_word
from pipeline.language.say import Said, say
from schemas import RESOURCE_NAMES

__all__ = ["WORDS", "PageWord", "words"]

PageWord = Callable[[str], str]

WORDS: dict[str, Said] = {
    # key: (es, en)
    "title": say("Import report"),
    "ok": say("Done"),
    "partial": say("Done, with exceptions"),
    "failed": say("Failed"),
    "interrupted": say("Interrupted"),
    "running": say("Running, or cut off"),
    "dry_run": say("Dry run: nothing was sent."),
    "would_create": say("Would be created"),
    "next": say("What to do next"),
    "run": say("Run"),
    "account": say("Account"),
    "mode": say("Mode"),
    "live": say("live: real fiscal consequences"),
    "test": say("test"),
    "dialect": say("API dialect"),
    "begun": say("Begun"),
    "ended": say("Ended"),
    "duration": say("Duration"),
    "zone": say("Mexico City time"),
    "version": say("Version"),
    # counts
    "counts": say("What became of every record"),
    "resource": say("Resource"),
    "read": say("read"),
    "created": say("created"),
    "existing": say("existing"),
    "rejected": say("rejected here"),
    "refused": say("refused by the API"),
    "in_doubt": say("in doubt"),
    "unsent": say("unsent"),
    "balanced": say("Balanced"),
    "unbalanced": say("DOES NOT BALANCE"),
    "fates_chart": say("What became of all records"),
    # in time
    "timeline": say("The run in time"),
    "each_slot": say("Each step is"),
    "records_chart": say("Records by the moment they got their fate"),
    "latency_chart": say("How long requests took"),
    "latency_note": say(
        "Half of the requests were answered within the median, 95 of 100 within the 95th percentile. Measured to 5 %."
    ),
    "p50": say("median"),
    "p95": say("95th percentile"),
    "at_most": say("at most"),
    "from": say("From"),
    "requests": say("requests"),
    "numbers": say("The numbers"),
    "rules_chart": say("Findings by rule"),
    "rule": say("Rule"),
    "severity": say("Severity"),
    "count": say("Count"),
    "later": say(
        "Made after the run, from the journal. It does not keep cells of findings, how files were read and the "
        "catalogues of that day: the rejects and the problems file have them."
    ),
    # sums
    "sums": say("Amounts of the payments created"),
    "currency": say("Currency"),
    "net": say("In the files, before tax"),
    "gross": say("In the files, with tax"),
    "answered": say("As the API answered"),
    "difference": say("Difference"),
    "sums_note": say(
        "The difference is against the amount with tax, or before tax where the API answers so; a few cents may "
        "be due to rounding line by line. Payments whose answer was lost do not count here."
    ),
    # records and findings
    "notable": say("Records refused by the API or in doubt"),
    "error": say("Errors: records that did not pass"),
    "warning": say("Warnings: accepted, but worth a look"),
    "fix": say("Fixes: what was repaired without loss"),
    "info": say("For your information"),
    "errors": say("errors"),
    "warnings": say("warnings"),
    "fixes": say("fixes"),
    "infos": say("notes"),
    "first": say("first"),
    "of": say("of"),
    "place": say("Place"),
    "line": say("line"),
    "column": say("Column"),
    "record": say("Record"),
    "value": say("Value"),
    "before": say("Before"),
    "after": say("After"),
    "proposal": say("Proposal"),
    "finding": say("Finding"),
    "state": say("State"),
    "code": say("Code"),
    "message": say("Message"),
    "sat_code": say("SAT code"),
    "more": say("There are more; see"),
    # files, catalogues, outputs
    "files": say("Files read"),
    "file": say("File"),
    "rows": say("Rows"),
    "catalogs": say("SAT catalogues used"),
    "catalog": say("Catalogue"),
    "product_keys": say("product and service keys"),
    "unit_keys": say("unit keys"),
    "postal_codes": say("postal codes"),
    "small_catalogs": say("small catalogues"),
    "source": say("Source"),
    "edition": say("Edition"),
    "keys": say("Keys"),
    "stale": say("over 12 months old: its 'does not exist' counts one step less"),
    "outputs": say("Files written"),
    "rejects": say("rejects"),
    "problems": say("problems"),
    "report": say("this report"),
    "footer": say("Made by gigbulk from its journal. It does not hold the API key; it does hold data of your files."),
    # what to do next
    "do_nothing": say("All is done. Repeating the same import sends nothing twice."),
    "do_error": say("The run was stopped; settle what is said above, then finish it:"),
    "do_correct": say(
        "Correct the rejected records in these files, then import them; the columns that begin with _ say why and "
        "are ignored on the way in:"
    ),
    "do_doubt": say(
        "Some records are in doubt (sent, answer unknown). Do not send them any other way; this looks them up first:"
    ),
    "do_settle": say("If they stay in doubt, look for them in your account and decide (created or absent):"),
    "do_resume": say("Finish what is left:"),
    "do_rest": say("The limit left records unsent; send the rest:"),
    "do_send": say("If the dry run is what you want, send it:"),
    "do_warnings": say("Look at the warnings below: those records are accepted, but the invoice may fail."),
    "do_update": say("A SAT catalogue is over 12 months old; download the current file and load it:"),
    "do_history": say("To see this run in the terminal:"),
}


def words(lang: Literal["es", "en"] | str) -> PageWord:
    """The word of that name in the language; a name without a word stands for itself."""
    known = WORDS | {name: name_word(name) for name in RESOURCE_NAMES}
    return lambda name: translate(known.get(name, name), lang)
