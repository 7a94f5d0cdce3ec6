"""The journal's tables, as ordered changes. A change and the record that it was made commit together."""

import sqlite3

from pipeline.errors import JournalError
from pipeline.language.say import say

__all__ = ["MIGRATIONS", "migrate"]

MIGRATIONS = (
    """
    CREATE TABLE runs (
        run TEXT PRIMARY KEY,
        command TEXT NOT NULL,
        account TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        status TEXT NOT NULL,
        settings TEXT NOT NULL,
        result TEXT
    );
    CREATE TABLE inputs (
        run TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        resource TEXT NOT NULL,
        rows INTEGER NOT NULL,
        PRIMARY KEY (run, position)
    ) WITHOUT ROWID;
    CREATE TABLE shapes (
        shape INTEGER PRIMARY KEY,
        fields TEXT NOT NULL UNIQUE
    );
    CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        resource TEXT NOT NULL,
        key TEXT NOT NULL,
        generation INTEGER NOT NULL DEFAULT 1,
        state TEXT NOT NULL,
        run TEXT NOT NULL,
        input INTEGER NOT NULL,
        line INTEGER NOT NULL,
        shape INTEGER NOT NULL REFERENCES shapes(shape),
        digests BLOB NOT NULL,
        body_hash BLOB,
        attempt INTEGER NOT NULL DEFAULT 0,
        remote_id TEXT,
        matched INTEGER NOT NULL DEFAULT 0,
        status INTEGER,
        code TEXT,
        message TEXT,
        local TEXT,
        updated_at TEXT NOT NULL,
        UNIQUE (account, livemode, resource, key, generation)
    );
    CREATE INDEX records_by_run ON records (run, state);
    """,
    """
    CREATE TABLE watermarks (
        account TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        resource TEXT NOT NULL,
        asked TEXT NOT NULL,
        moment TEXT NOT NULL,
        marks BLOB NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (account, livemode, resource, asked)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE acquainted (
        account TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        resource TEXT NOT NULL,
        learnt_at TEXT NOT NULL,
        PRIMARY KEY (account, livemode, resource)
    ) WITHOUT ROWID;
    CREATE TABLE held (
        account TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        resource TEXT NOT NULL,
        internal_id TEXT NOT NULL,
        remote_id TEXT NOT NULL,
        shown TEXT,
        PRIMARY KEY (account, livemode, resource, internal_id, remote_id)
    ) WITHOUT ROWID;
    CREATE INDEX records_by_remote_id ON records (remote_id) WHERE remote_id IS NOT NULL;
    """,
    """
    CREATE TABLE claims (
        name TEXT PRIMARY KEY,
        fence INTEGER NOT NULL,
        run TEXT NOT NULL
    ) WITHOUT ROWID;
    ALTER TABLE records ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
    """,
    """
    ALTER TABLE inputs ADD COLUMN sheet TEXT;
    """,
    """
    ALTER TABLE records ADD COLUMN cause TEXT;
    ALTER TABLE records ADD COLUMN cause_text TEXT;
    CREATE INDEX records_by_cause ON records (run, state) WHERE cause IS NOT NULL;
    """,
    """
    ALTER TABLE records ADD COLUMN link TEXT;
    """,
    """
    CREATE TABLE proofs (
        run TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE,
        account TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        resource TEXT NOT NULL,
        feature TEXT NOT NULL,
        PRIMARY KEY (run, account, livemode, resource, feature)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE latencies (
        run TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE,
        second INTEGER NOT NULL,
        step INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        PRIMARY KEY (run, second, step)
    ) WITHOUT ROWID;
    CREATE TABLE broken_rules (
        run TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE,
        severity TEXT NOT NULL,
        rule TEXT NOT NULL,
        sat_code TEXT,
        findings INTEGER NOT NULL,
        PRIMARY KEY (run, severity, rule)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE records ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
    """,
    """
    CREATE TABLE changes (
        run TEXT NOT NULL REFERENCES runs(run) ON DELETE CASCADE,
        resource TEXT NOT NULL,
        remote_id TEXT NOT NULL,
        state TEXT NOT NULL,
        body_hash BLOB,
        cause TEXT,
        cause_text TEXT,
        fence INTEGER NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (run, resource, remote_id)
    ) WITHOUT ROWID;
    """,
)


def migrate(db: sqlite3.Connection) -> None:
    """Bring the tables to this version. JournalError when a newer gigbulk wrote them."""
    version = _version(db)
    if version > len(MIGRATIONS):
        raise JournalError(
            say(
                "The journal was written by a newer gigbulk (its version is {version}, this one knows {migrations}).",
                version=version,
                migrations=len(MIGRATIONS),
            ),
            say("Upgrade gigbulk, or name another state folder with GIGBULK_STATE_DIR."),
        )
    for number in range(version, len(MIGRATIONS)):
        db.execute("BEGIN IMMEDIATE")
        try:
            if _version(db) == number:  # else another process that just started made this change
                for statement in MIGRATIONS[number].split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
