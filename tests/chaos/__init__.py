"""Runs with faults: whole threads while all is killed, cut, filled and poisoned; an auditor counts what is left."""
