"""Identity's adapters: nonces in the store, revocation lists over HTTP or from a file, the check off the event loop."""
