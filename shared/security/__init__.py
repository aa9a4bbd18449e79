"""Who may do what, who is signed in, and that a form came from our own page."""
