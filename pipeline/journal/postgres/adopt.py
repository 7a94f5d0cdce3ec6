"""A journal whose server is another one by now, taken over by a person's word."""

from pipeline.journal.postgres.address import name_place
from pipeline.journal.postgres.migrations import find_version, read_identity
from pipeline.journal.postgres.server import check_fitness, opened
from pipeline.journal.terms import Terms

__all__ = ["adopt_server"]

_FORGET_CLAIMS = """
    UPDATE claims SET fence = fence + 1000000, lease_until = '-infinity', batch = NULL,
        send_by = clock_timestamp() + make_interval(secs => %s)
"""
"""Fences of claims that the server has forgotten are never given again, and their requests are waited for."""


def adopt_server(address: str, terms: Terms) -> bool:
    """Take the server for the journal's own from now on, and forget what the accounts held, so that each is looked at
    anew before anything is sent. False where it is the journal's own already, or no journal is there."""
    with opened(address) as db:
        check_fitness(db, name_place(address))
        if find_version(db) == 0:
            return False
        with db.transaction():
            told = read_identity(db)
            changed = db.execute(
                "UPDATE journal SET system_identifier = %s, timeline = %s "
                "WHERE (system_identifier, timeline) <> (%s, %s)",
                (*told, *told),
            ).rowcount
            if changed:
                db.execute(_FORGET_CLAIMS, (terms.request_s,))
                db.execute("DELETE FROM acquainted")
                db.execute("DELETE FROM held")
        return bool(changed)
