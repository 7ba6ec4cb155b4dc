"""The town's register (住民記録), read only: its model, a SQLite adapter, and whether names and addresses agree."""
