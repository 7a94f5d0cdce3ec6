"""Clients and services as a Dagster asset, anew every night. Load it with `dagster dev -f dagster_export.py`.

GIGSTACK_API_KEY comes from the environment. Without Dagster the file can be imported all the same, and
`export_catalog` called.
"""

from typing import Any

from pipeline import run_export

try:
    import dagster
except ImportError:
    dagster = None

FOLDER = "/data/gigstack/catalog"


def export_catalog(folder: str = FOLDER) -> dict[str, Any]:
    """Export clients and services; what is returned is the asset's metadata. Incomplete lists raise."""
    outcome = run_export(["clients", "services"], folder, format="parquet")
    if outcome["exit_code"] != 0:
        raise RuntimeError(f"Not proven complete: {outcome['resources']}")
    rows = {f"{name}_rows": told["rows"] for name, told in outcome["resources"].items()}
    return {**rows, "manifest": outcome["outputs"]["manifest"], "seconds": outcome["seconds"]}


if dagster is not None:

    @dagster.asset(retry_policy=dagster.RetryPolicy(max_retries=3, delay=600))
    def gigstack_catalog() -> "dagster.MaterializeResult":
        return dagster.MaterializeResult(metadata=export_catalog())

    nightly = dagster.define_asset_job("gigstack_nightly", selection="gigstack_catalog")
    defs = dagster.Definitions(
        assets=[gigstack_catalog],
        schedules=[dagster.ScheduleDefinition(job=nightly, cron_schedule="15 6 * * *")],
    )
