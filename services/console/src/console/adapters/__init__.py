"""The console's own shelves."""
