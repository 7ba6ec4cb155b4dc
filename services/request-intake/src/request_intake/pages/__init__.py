"""What residents see in a browser: the status page of their request and everything they can do from it."""
