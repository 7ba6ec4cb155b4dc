"""The LINE channel: its webhook in, its replies out, and the desk between them and the conversation."""
