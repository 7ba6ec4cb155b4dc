"""A lean check of signatures made with a card's signature certificate (署名用電子証明書): RFC 5652, RFC 5280.

Every input that is not exactly right ends in a `Shortcoming` with its reason; nothing here does I/O or reads a clock.
"""
