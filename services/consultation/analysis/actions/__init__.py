"""Writes of analysis: reading, cutting, recommending, deciding."""
