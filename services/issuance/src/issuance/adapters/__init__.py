"""Issuance's ports, made real."""
