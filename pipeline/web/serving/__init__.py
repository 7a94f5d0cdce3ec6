"""One process with the page: its socket, how long it waits for whoever asks, and that it is the only one."""
