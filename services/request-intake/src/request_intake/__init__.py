"""request-intake: the public door. Channels, the request's life, consent, fees, status."""
