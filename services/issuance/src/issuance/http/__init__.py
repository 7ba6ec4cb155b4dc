"""Issuance's public doors: verification, download, the preview picture. No login; each shows what its holder has."""
