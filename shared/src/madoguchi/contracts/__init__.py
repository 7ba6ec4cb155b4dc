"""The events the services exchange, and the one table (`FLOW`) that says who sends and who reads them. Pure."""
