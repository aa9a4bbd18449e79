"""Events between services: the log behind a port, the relay that fills it, its consumers."""
