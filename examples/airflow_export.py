"""Payments of each day as Parquet, as an Airflow DAG. Put this file into the DAGs folder.

The worker needs gigbulk installed, GIGSTACK_API_KEY in its environment and GIGBULK_STATE_DIR on a disk that stays.
Without Airflow the file can be imported all the same, and `export_payments` called.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import run_export

try:
    from airflow.sdk import dag, task
except ImportError:
    dag = task = None

FOLDER = "/data/gigstack"


def export_payments(day: str, folder: str = FOLDER) -> dict[str, Any]:
    """Export the payments of one day (ISO date); the result goes to XCom. A retry continues where it was cut off."""
    outcome = run_export("payments", Path(folder) / day, format="parquet", since=day, until=day)
    if outcome["exit_code"] != 0:
        why = {name: told.get("why") for name, told in outcome["resources"].items()}
        raise RuntimeError(f"The export of {day} is not proven complete: {why}")  # Airflow tries again
    return dict(outcome)


if dag is not None:

    @dag(
        schedule="15 6 * * *",
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,  # a second run would end with exit code 5: the first one holds the lock
        default_args={"retries": 3, "retry_delay": timedelta(minutes=10)},
    )
    def gigstack_payments() -> None:
        task(export_payments)("{{ macros.ds_add(ds, -1) }}")  # the day before the run

    gigstack_payments()
