"""What is to be told, to whom it was told, what to try next. Pure."""
