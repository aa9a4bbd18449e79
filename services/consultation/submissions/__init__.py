"""Submissions: what partners write, approve, send, replace and withdraw, and the receipt they get."""
