"""The public directory of verified partners; no personal data."""
