"""What notify publishes on `madoguchi.notify.v1`."""

from typing import Literal

from madoguchi.contracts.events.base import Event
from madoguchi.contracts.vocabulary import Instant, NoticeChannel, NoticeKind


class NoticeSent(Event):
    """A channel accepted the notice (`sent`), or said that it arrived (`delivered`)."""

    TYPE = "jp.madoguchi.notice.sent.v1"
    notice_id: str
    kind: NoticeKind
    channels: tuple[NoticeChannel, ...]
    status: Literal["sent", "delivered"]
    sent_at: Instant


class NoticeFailed(Event):
    """No channel could take the notice; the status page still shows what it said."""

    TYPE = "jp.madoguchi.notice.failed.v1"
    notice_id: str
    kind: NoticeKind
    status: Literal["failed", "gave_up"]
    failed_at: Instant
