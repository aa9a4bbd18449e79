"""Writes of organisations: registered, filled in by parts, handed in, and their people."""
