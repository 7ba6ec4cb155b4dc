"""Trying a channel out with a message to a member of staff (試験送信). Pure.

The address is sealed under a key of its own, which is destroyed once the outcome is known, or an hour later.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from console.domain.hand import Hand
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import (
    Instant,
    Language,
    MunicipalityCode,
    NoticeChannel,
    RequestId,
    SealedText,
)
from madoguchi.store.aggregates import Change

LASTS: Final = timedelta(hours=1)
"""A test without an outcome is given up."""
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s\x00-\x1f.]{2,63}")
_LINE = re.compile(r"U[0-9a-f]{32}", re.ASCII)


class ChannelTest(BaseModel):
    """One test message. To whom it went is not kept."""

    model_config = ConfigDict(frozen=True)

    id: RequestId
    """Made for this test; no request has it."""
    municipality: MunicipalityCode
    channel: NoticeChannel
    staff: str
    at: Instant
    outcome: e.ChannelDelivery | None = None
    tested_at: Instant | None = None
    key_destroyed: bool = False


def contact_of(channel: NoticeChannel, address: str) -> Contact | None:
    """An e-mail address or a LINE user id as a contact; None when it is none."""
    address = address.strip()
    if channel is NoticeChannel.EMAIL:
        return Contact(email=address) if _EMAIL.fullmatch(address) else None
    return Contact(line_user_id=address) if _LINE.fullmatch(address) else None


def begin(
    test_id: RequestId, channel: NoticeChannel, contact: SealedText, language: Language, hand: Hand
) -> Change[ChannelTest]:
    """Ask notify to send it. `contact` is sealed under the key of `test_id`."""
    town, number = hand.staff.municipality, hand.staff.number
    event = e.ChannelTestRequested(
        request_id=test_id,
        municipality=town,
        channel=channel,
        contact=contact,
        language=language,
        clerk=number,
        requested_at=hand.now,
    )
    test = ChannelTest(id=test_id, municipality=town, channel=channel, staff=number, at=hand.now)
    return Change(test, (envelop(event, time=hand.now, trace=dict(hand.trace)),), due_at=hand.now + LASTS)


def learn(envelope: Envelope[e.ChannelTested], test: ChannelTest | None) -> Change[ChannelTest] | None:
    """What came of it; None for a test that is not known here, or known already."""
    if test is None or test.outcome is not None:
        return None
    said = {"outcome": envelope.event.delivery, "tested_at": envelope.event.tested_at}
    return Change(test.model_copy(update=said), due_at=envelope.event.tested_at)


def forgotten(test: ChannelTest | None) -> Change[ChannelTest] | None:
    """Its key is destroyed."""
    return None if test is None else Change(test.model_copy(update={"key_destroyed": True}))


def over(test: ChannelTest, now: datetime) -> bool:
    """Whether nothing is awaited any more."""
    return test.outcome is not None or now - test.at >= LASTS
