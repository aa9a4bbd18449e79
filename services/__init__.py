"""The three services, the demo, and the process that runs them together."""
