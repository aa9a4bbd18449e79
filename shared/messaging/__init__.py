"""Events between services: the log behind one port, the relay that fills it, consumers that read it."""
