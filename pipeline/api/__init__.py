"""The door to the API: one request (`client`) over what moves its bytes (`transport`), what the answer means
(`verdict`), again if need be (`attempts`), page by page (`paging`), no faster than the server likes (`throttle`). Those
who use it hold a `session`."""
