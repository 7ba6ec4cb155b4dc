"""When a signed text counts as the answer to a challenge. Pure."""

from datetime import datetime

MINIMUM_NONCE = 16
"""Characters: fewer could be guessed."""


def in_time(submitted_at: datetime, expires_at: datetime) -> bool:
    """Whether the evidence came before its challenge ran out; the resident's hand-in counts, not our reading."""
    return submitted_at <= expires_at


def shows_nonce(text: str, nonce: str) -> bool:
    """Whether the signed text carries its one-time nonce; a signature over any other text proves nothing today."""
    return len(nonce) >= MINIMUM_NONCE and nonce in text
