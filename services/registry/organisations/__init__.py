"""Organisations: what a partner says of itself, its registration by parts, its documents, its people."""
