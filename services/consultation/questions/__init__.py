"""Questions of a call: kinds, limits, options and texts, and what holds as a response."""
