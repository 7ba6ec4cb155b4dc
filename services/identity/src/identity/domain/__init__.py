"""What identity decides, as pure functions: when a challenge counts, what a verdict leads to, how a case goes on."""
