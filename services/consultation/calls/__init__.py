"""Calls for input: drafted by one, published by another, answered within a window."""
