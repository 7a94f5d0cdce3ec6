"""A file of payments to gigstack, as a Prefect flow: `python prefect_import.py payments.csv`.

Retries are safe: a record that was created is known by its internalId and not sent again. GIGBULK_STATE_DIR must be
on a disk that all retries see, for there the journal is. Without Prefect the file can be imported all the same, and
`import_payments` called.
"""

import sys
from typing import Any

from pipeline import run_import

try:
    from prefect import flow, task
except ImportError:
    flow = task = None


def import_payments(path: str) -> dict[str, Any]:
    """Import one file. Rejected rows are returned, to be corrected by a person; records in doubt raise."""
    outcome = run_import(path, as_resource="payments")
    counts = outcome["resources"]["payments"]
    if counts["in_doubt"] or counts["unsent"]:
        raise RuntimeError(f"Not finished: {counts}. The next try looks up what is in doubt and sends the rest.")
    return {"run": outcome["run"], **counts, "rejects": outcome["outputs"]["rejects"]}


if flow is not None:
    import_task = task(import_payments, retries=3, retry_delay_seconds=300)

    @flow(name="gigstack-payments")
    def payments_flow(path: str) -> dict[str, Any]:
        told: dict[str, Any] = import_task(path)
        return told

    if __name__ == "__main__":
        payments_flow(sys.argv[1])
