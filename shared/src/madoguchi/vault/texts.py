"""Bytes in documents: base64. Pure."""

import base64


def to_text(value: bytes) -> str:
    """For a document."""
    return base64.b64encode(value).decode()


def to_bytes(text: str) -> bytes:
    """The bytes again."""
    return base64.b64decode(text)
