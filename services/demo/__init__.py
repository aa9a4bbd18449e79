"""The demo: personas, captured mail, a clock to move, seeds made by the product's own actions.

Exists only in the demo command; no other process knows its routes.
"""
