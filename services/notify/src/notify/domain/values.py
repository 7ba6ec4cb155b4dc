"""The values a notice's text names, taken from the event that makes it: amounts, moments, codes. Pure."""

from madoguchi.contracts.events import Event

_NAMED_IN_NOTICES = {
    "deadline_at": "deadline",
    "expires_at": "until",
    "due_at": "until",
    "download_until": "until",
    "answer_by": "until",
    "question": "question",
    "amount": "amount",
    "reason": "reason",
    "final": "final",
    "outcome": "outcome",
    "way": "way",
    "certificate_number": "certificate_number",
}
"""Field of an event → name in a notice. A field that is not here never reaches a notice."""


def values_of(event: Event) -> dict[str, str]:
    """Plain values; moments as ISO 8601, codes as codes: the text for people is made when the language is known."""
    data = event.model_dump(mode="json")
    return {name: _plain(data[field]) for field, name in _NAMED_IN_NOTICES.items() if data.get(field) is not None}


def _plain(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
