"""What the console decides, as pure functions: what a case awaits, what staff may do with it, how things are told."""
