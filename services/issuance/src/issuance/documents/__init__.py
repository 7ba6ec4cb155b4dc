"""The documents of issuance: what a certificate says, how it looks, its electronic seal, and how a file is checked.

Use it through `press.opened`: `await press.make(RenderInput) -> SealedDocument`, `press.examine(bytes) -> Examination`.
"""
