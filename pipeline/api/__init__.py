"""The door to the API: one request (`client`), what its answer means (`verdict`), again if need be (`attempts`),
page by page (`paging`), no faster than the server likes (`throttle`)."""

__all__ = ["attempts", "client", "paging", "throttle", "verdict"]
