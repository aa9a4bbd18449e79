"""Registry: who takes part. People, organisations, their verification, and who is signed in."""
