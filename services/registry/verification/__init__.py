"""Verification: the desk, screening by category, questions both ways, the decision."""
