"""What can be done with the `roundtable` command, by group; each loads only what it uses."""
