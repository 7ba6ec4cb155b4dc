"""The conversation in the thread (会話): pure functions from what was said to what is answered and done."""
