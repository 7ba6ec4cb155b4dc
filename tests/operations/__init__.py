"""What operators do with a running system, done to one while residents use it: change every key, restore a backup."""
