"""The only door to personal data: keys, sealing, access records (design §5)."""
