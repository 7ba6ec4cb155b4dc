"""Who is asking: checks the card's signature and gives a verdict."""
