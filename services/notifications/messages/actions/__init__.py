"""Telling people, reminding them, digests, and what they do with their inbox."""
