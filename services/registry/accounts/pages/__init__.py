"""HTML routes of accounts: signing in, one's own account, people, invitations."""
