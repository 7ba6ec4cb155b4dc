"""What the console needs from outside."""
