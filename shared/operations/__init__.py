"""What keeps every service in order, the same in each."""
