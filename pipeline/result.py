"""The result object of a run and the exit code that follows from it (docs/exit-codes-and-results.md)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline.model import Counts

__all__ = ["FINAL", "SO_FAR", "Result", "build_result", "list_outputs"]

SUMS = ("payments", "net", "gross", "answered")
FINAL, SO_FAR = "result", "checked"
"""The `event` of a result object: of a run that ended, and what the journal keeps of one from its check on."""

_REJECTS = ("rejects", "rejects_files")


@dataclass(slots=True)
class Result:
    """What a run did.

    `outputs` holds a path or None for each file that was asked for; `rejects` is the first rejects file and
    `rejects_files` the list of all, in the order of the inputs. `sums` are, per currency, how many created
    payments had their answer compared (`payments`), and their cents: those whose answer nobody kept, as after a kill,
    are missing there. `imbalance` is the sentence about sums that do not balance, `warnings_said` what concerns the
    whole run, `examples` one error of each rule that was broken. `changes` are, per resource, the account's records by
    what became of their change.
    """

    command: str
    run: str | None
    resources: dict[str, Counts] = field(default_factory=dict)
    outputs: dict[str, str | list[str] | None] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    error: str | None = None
    fixed: int = 0
    warnings: int = 0
    warnings_said: list[str] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[str, dict[str, int]] = field(default_factory=dict)
    imbalance: str | None = None
    changes: dict[str, Counter[str]] = field(default_factory=dict)

    def count_changes(self, resource: str, counts: Mapping[str, int]) -> None:
        """What became of records of the account that were to be changed; they are among the `existing`."""
        self.changes.setdefault(resource, Counter()).update({fate: count for fate, count in counts.items() if count})

    def add_sums(self, sums: Mapping[str, Mapping[str, int]]) -> None:
        """Of payments not counted yet: those of this process, or those an earlier process of the run told."""
        for currency, more in sums.items():
            known = self.sums.setdefault(currency, dict.fromkeys(SUMS, 0))
            for name in SUMS:
                known[name] += more.get(name, 0)

    @property
    def exit_code(self) -> int:
        """0, 1, 6 or 130; errors carry their own code."""
        totals = self.resources.values()
        changes = sum(self.changes.values(), Counter[str]())
        if self.imbalance or changes["in_doubt"] or any(c.in_doubt or not c.balanced for c in totals):
            return 6
        if self.interrupted:
            return 130
        return 1 if changes["refused"] or changes["touched"] or any(c.rejected or c.refused for c in totals) else 0

    @property
    def status(self) -> str:
        if self.interrupted:
            return "interrupted"
        if self.error is not None:
            return "failed"
        done = any(c.created or c.existing or c.unsent for c in self.resources.values())
        done = done or any(counts["deleted"] or counts["absent"] for counts in self.changes.values())
        if self.exit_code == 0:
            return "ok"
        return "partial" if done else "failed"

    def as_dict(self) -> dict[str, Any]:
        """The final JSON line."""
        result: dict[str, Any] = {
            "event": FINAL,
            "command": self.command,
            "run": self.run,
            "status": self.status,
            "resources": {name: counts.as_dict() for name, counts in self.resources.items()},
            "outputs": self.outputs,
            "fixed": self.fixed,
            "warnings": self.warnings,
            "seconds": round(self.seconds, 3),
        }
        if self.sums:
            result["sums"] = self.sums
        if self.changes:
            result["changes"] = {name: dict(counts) for name, counts in self.changes.items()}
        return result if self.error is None else {**result, "error": self.error}


class _Ended(Protocol):
    """The result of an import or of an export."""

    @property
    def exit_code(self) -> int: ...

    def as_dict(self) -> dict[str, Any]: ...


def build_result(result: _Ended) -> dict[str, Any]:
    """The final line of `--json`, which a call from Python gets too."""
    return result.as_dict() | {"exit_code": result.exit_code}


def list_outputs(outputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was written and where, each file once: `outputs` as people read it."""
    rejects = [("rejects", path) for path in outputs.get("rejects_files", ())]
    return rejects + [(what, path) for what, path in outputs.items() if path and what not in _REJECTS]
