"""What notify publishes on `madoguchi.notify.v1`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.events.base import Event
from madoguchi.contracts.vocabulary import Instant, NoticeChannel, NoticeKind


class ChannelDelivery(BaseModel):
    """How it went on one channel (配信記録). Codes and times; nothing of whom it went to."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    channel: NoticeChannel
    status: Literal["sent", "delivered", "failed", "gave_up"]
    code: str = ""
    """What the channel answered last: a status or reply code, or what kept it from answering; never its words."""
    attempts: int = 0
    first_attempt_at: Instant | None = None
    last_attempt_at: Instant | None = None
    provider_id: str = ""
    """By which the provider knows the call: LINE's request id, or the mail's Message-ID, made from the notice's id."""


class NoticeSent(Event):
    """A channel accepted the notice (`sent`), or said that it arrived (`delivered`)."""

    TYPE = "jp.madoguchi.notice.sent.v1"
    notice_id: str
    kind: NoticeKind
    channels: tuple[NoticeChannel, ...]
    status: Literal["sent", "delivered"]
    deliveries: tuple[ChannelDelivery, ...] = ()
    """Every channel that was tried."""
    resend_id: str | None = None
    """Id of the `NoticeResendRequested` event, when it was sent again because of that."""
    sent_at: Instant


class NoticeFailed(Event):
    """No channel could take the notice; the status page still shows what it said."""

    TYPE = "jp.madoguchi.notice.failed.v1"
    notice_id: str
    kind: NoticeKind
    status: Literal["failed", "gave_up"]
    deliveries: tuple[ChannelDelivery, ...] = ()
    """Every channel that was tried; none when there was nobody to reach."""
    resend_id: str | None = None
    """Id of the `NoticeResendRequested` event, when it was to be sent again because of that."""
    failed_at: Instant


class ChannelTested(Event):
    """What came of a test message; answers `ChannelTestRequested`, whose `request_id` it has."""

    TYPE = "jp.madoguchi.channel.tested.v1"
    delivery: ChannelDelivery
    tested_at: Instant
