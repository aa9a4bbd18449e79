"""Reads: whom a notice goes to, the values of its words, the inbox."""
