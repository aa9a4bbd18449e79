"""Flagship programmes and outcomes of the strategic plan, as the vocabulary has them."""
