"""The bodies of requests, by the words of a dialect."""
