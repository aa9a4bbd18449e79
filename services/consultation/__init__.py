"""Consultation: calls for input, what partners answer, what becomes of it."""
