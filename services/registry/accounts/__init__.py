"""People: how they sign in, their sessions, their staff roles, their memberships."""
