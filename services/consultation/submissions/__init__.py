"""Submissions: what partners write, approve, send, replace and withdraw, and their receipt."""
