"""The life of a request (申請) as pure decisions: facts in, state and events out. No I/O, clock or randomness."""
