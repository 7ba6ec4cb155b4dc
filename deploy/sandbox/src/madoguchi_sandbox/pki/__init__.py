"""Certificate authorities of the sandbox: the card's (JPKI-like), the town's seal, the time stamps. None is real."""
