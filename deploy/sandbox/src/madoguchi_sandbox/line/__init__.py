"""A chat platform that speaks LINE's Messaging API: its endpoints, its limits, its webhooks, its faults. A sandbox."""
