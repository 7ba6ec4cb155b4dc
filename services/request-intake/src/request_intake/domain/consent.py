"""What a resident agrees to: which data goes to whom, for what. A new wording is a new version."""

from request_intake.domain.state import ConsentItem, Recipient, Shared, Use

CONSENT_VERSION = "2026-11"

CONSENT_ITEMS = (
    ConsentItem(data=Shared.PROOF, recipient=Recipient.TOWN, use=Use.IDENTITY),
    ConsentItem(data=Shared.REGISTER_ENTRY, recipient=Recipient.TOWN, use=Use.CERTIFICATE),
    ConsentItem(data=Shared.CONTACT, recipient=Recipient.MESSAGE_CARRIER, use=Use.NOTICES),
    ConsentItem(data=Shared.FEE, recipient=Recipient.PAYMENT_PROVIDER, use=Use.PAYMENT),
)
"""The present version's lines, in the order they are shown."""
