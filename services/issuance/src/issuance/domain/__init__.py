"""Issuance's decisions, pure: matching, eligibility, the life of a case, the ledger, certificate numbers."""
