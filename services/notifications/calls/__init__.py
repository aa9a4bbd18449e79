"""Copies of calls and submissions: what a notice must know of them."""
