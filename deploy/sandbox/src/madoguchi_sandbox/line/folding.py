"""Each line of the journal changes the memory in one way: the same way when it is written and when it is read again."""

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

from madoguchi_sandbox.journal import Record, moment
from madoguchi_sandbox.line.model import Accepted, Memory, Pending, ReplyToken, User

JAPAN = timezone(timedelta(hours=9))


def month_of(record: Record) -> str:
    """The month in Japan that a message counts for."""
    return moment(record).astimezone(JAPAN).strftime("%Y-%m")


def apply(memory: Memory, record: Record) -> None:
    """Change `memory` by one record."""
    _FOLDS[record["kind"]](memory, record)


def _user(memory: Memory, record: Record) -> None:
    memory.users[record["user_id"]] = User(record["user_id"], record["display_name"], record["language"])
    memory.threads.setdefault(record["user_id"], [])


def _relation(memory: Memory, record: Record) -> None:
    user = memory.users[record["user_id"]]
    user.following, user.blocked = record["following"], record["blocked"]


def _event(memory: Memory, record: Record) -> None:
    """A resident's act: waits for the webhook, shows in the thread, brings a reply token."""
    event, user_id = record["event"], record["user_id"]
    memory.counts["events"] += 1
    memory.pending[event["webhookEventId"]] = Pending(event, user_id)
    if "replyToken" in event:
        memory.tokens[event["replyToken"]] = ReplyToken(user_id, moment(record))
    if record.get("content_type"):
        memory.content_types[event["message"]["id"]] = record["content_type"]
    if "unsend" in event:
        _unsend(memory, record, event["unsend"]["messageId"])
    elif record["shown"] is not None:
        own = (event.get("message") or {}).get("id", "")
        _show(memory, record, user_id, by="resident", id=own, how=event["type"], message=record["shown"])


def _unsend(memory: Memory, record: Record, message_id: str) -> None:
    memory.unsent.add(message_id)
    for entry in memory.threads[record["user_id"]]:
        if entry["id"] == message_id:
            entry["message"] = {"type": "unsent"}
    taken_back = {"type": "unsend", "messageId": message_id}
    _show(memory, record, record["user_id"], by="resident", id="", how="unsend", message=taken_back)


def _show(memory: Memory, record: Record, user_id: str, *, by: str, **entry: Any) -> None:
    thread = memory.threads[user_id]
    thread.append({"seq": len(thread) + 1, "at": record["at"], "from": by, **entry})


def _sent(memory: Memory, record: Record) -> None:
    """A bot's request was accepted; whoever is reachable sees it."""
    memory.counts["requests_accepted"] += 1
    memory.counts["messages_accepted"] += len(record["messages"])
    for user_id in record["delivered_to"]:
        memory.counts["messages_delivered"] += len(record["messages"])
        for message, sent in zip(record["messages"], record["sent_messages"], strict=True):
            _show(memory, record, user_id, by="town", id=sent["id"], how=record["how"], message=message)
    if record["how"] == "reply":
        memory.tokens[record["reply_token"]].used = True
    else:
        memory.consumed[month_of(record)] += len(record["delivered_to"])
    if record["retry_key"]:
        accepted = Accepted(record["request_id"], moment(record), tuple(record["sent_messages"]))
        memory.retry_keys[record["retry_key"]] = accepted


def _webhook(memory: Memory, record: Record) -> None:
    """One call to the bot, and what came of it."""
    memory.counts["webhooks_sent"] += record["outcome"] != "dropped"
    memory.counts["redeliveries"] += record["redelivery"]
    done = record["outcome"] == "ok"
    memory.counts["webhooks_acknowledged" if done else "webhooks_failed"] += 1
    for event_id in record["events"]:
        pending = memory.pending.pop(event_id, None) if done else memory.pending.get(event_id)
        memory.counts["events_acknowledged"] += done and pending is not None
        token = memory.tokens.get(pending.event.get("replyToken", "")) if pending else None
        if token is not None and token.delivered_at is None:
            token.delivered_at = moment(record)


def _given_up(memory: Memory, record: Record) -> None:
    for event_id in record["events"]:
        if memory.pending.pop(event_id, None) is not None:
            memory.counts["events_given_up"] += 1


def _repeated(memory: Memory, record: Record) -> None:
    memory.counts["duplicates_by_retry_key"] += 1


def _refused(memory: Memory, record: Record) -> None:
    memory.refused[record["status"]] += 1


def _quota(memory: Memory, record: Record) -> None:
    memory.quota = record["value"]


_FOLDS: dict[str, Callable[[Memory, dict[str, Any]], None]] = {
    "user": _user,
    "relation": _relation,
    "event": _event,
    "sent": _sent,
    "webhook": _webhook,
    "given_up": _given_up,
    "repeated": _repeated,
    "refused": _refused,
    "quota": _quota,
}
