"""Calls for input: drafted by one, published by another, open for a window, answered with a report."""
