"""Starts the whole counter on this machine: broker, sandbox and the four services, each a process of its own."""
