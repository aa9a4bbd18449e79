"""Organisations: what a partner says of itself, by parts; its documents, its people."""
