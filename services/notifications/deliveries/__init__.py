"""What each person was told of, once per occasion, person and channel, and its cause."""
