"""Intake's HTTP: the REST API for channels (v1), the payment provider's webhook, the residents' pages, as one app."""
