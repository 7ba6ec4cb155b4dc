"""Text shared by services: message catalogues, recognising what must not be kept."""
