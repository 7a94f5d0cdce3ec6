"""What a flow may say and ask while it runs. The command line answers with a terminal, a library call with silence."""

from typing import Protocol

__all__ = ["Console", "Silent", "describe_patience", "format_count"]


def format_count(count: int, what: str) -> str:
    """`1 row`, `1,234 rows`: a count and the plural word of what was counted, such as a resource's name."""
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def describe_patience(why: str, patience_s: float) -> str:
    """What is said of a server that is not there, while it is being tried again."""
    return f"{why.rstrip('.')}. Trying again for up to {patience_s:.0f} s."


class Console(Protocol):
    """Everything here goes to standard error, or nowhere."""

    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...

    def confirm(self, question: str) -> bool: ...

    def progress(self, what: str, done: int, total: int | None) -> None: ...


class Silent:
    """Says nothing and agrees to nothing that was not agreed to beforehand."""

    def note(self, text: str) -> None:
        """Nothing is shown."""

    def warn(self, text: str) -> None:
        """Nothing is shown."""

    def confirm(self, question: str) -> bool:
        return False

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Nothing is shown."""
