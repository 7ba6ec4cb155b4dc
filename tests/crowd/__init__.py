"""A crowd of residents that use the counter from the outside, in numbers: for runs with faults, and for measuring."""
