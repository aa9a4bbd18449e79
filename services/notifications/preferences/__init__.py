"""What a person wants by mail: at once, once a day, or not; and the links that stop it."""
