"""What the outside world wrote down: notices that arrived, money that moved, events that the bot acknowledged."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from madoguchi.contracts.vocabulary import Language, NoticeKind
from madoguchi.text.catalogue import Catalogue
from madoguchi_sandbox.resident import buttons, words

Json = dict[str, Any]

LINE, EMAIL = "line", "email"

_TEXTS = Catalogue.of_package("notify")


def _plain(title: str) -> str:
    """A title without its spaces: where a subject is folded in a mail's head, one may come or go."""
    return "".join(title.split())


KINDS = {
    _plain(_TEXTS.text(language, f"{kind.value}.title")): kind.value for language in Language for kind in NoticeKind
}
"""What a notice begins with, in any language → its kind."""

_REQUEST = re.compile(r"req_[0-9a-z]{26}")
_STATUS = re.compile(r"https?://[^\s/]+/r/(req_[0-9a-z]{26})\.\d+\.[\w-]{43}", re.ASCII)
_REFUSED_FOR_GOOD = "550"


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """A notice that arrived. `receiver` is a chat user or an address: personal data, named by no report."""

    channel: str
    receiver: str
    kind: str
    request: str
    key: str
    """By which the receiver, or the platform, recognises a repeat: retry key, Message-ID."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved, in yen: `charge` or `refund`."""

    kind: str
    payment: str
    amount: int

    @property
    def request(self) -> str:
        """The request that was paid for."""
        return "req_" + self.payment.removeprefix("pay_")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one journal says of messages."""

    notices: tuple[Notice, ...] = ()
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Request id → addresses of its status page that were told."""
    acknowledged: frozenset[str] = frozenset()
    """Webhook events that the bot answered 2xx."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Address → how often the mail server said that it never takes mail for it."""
    receivers: frozenset[str] = frozenset()
    """Everybody the platform knows, or that mail came for."""


def in_line(records: Iterable[Json]) -> Arrived:
    """The chat emulator's journal, one line after the other."""
    notices: list[Notice] = []
    links: dict[str, set[str]] = defaultdict(set)
    acknowledged: set[str] = set()
    users: set[str] = set()
    for record in records:
        match record["kind"]:
            case "user":
                users.add(record["user_id"])
            case "webhook" if record["outcome"] == "ok":
                acknowledged.update(record["events"])
            case "sent" if record["delivered_to"]:
                for message in record["messages"]:
                    addresses = list(buttons(message).values())
                    _add(links, addresses)
                    kind, request = KINDS.get(_plain(words(message).partition("\n")[0])), _request(addresses)
                    if kind and request:
                        key = str(record["retry_key"] or record["request_id"])
                        notices += [Notice(LINE, user, kind, request, key) for user in record["delivered_to"]]
    return Arrived(tuple(notices), _frozen(links), frozenset(acknowledged), {}, frozenset(users))


def in_mail(records: Iterable[Json]) -> Arrived:
    """The mail server's journal."""
    notices: list[Notice] = []
    links: dict[str, set[str]] = defaultdict(set)
    refused: Counter[str] = Counter()
    receivers: set[str] = set()
    for record in records:
        if record["kind"] == "refused" and record["answer"] == _REFUSED_FOR_GOOD:
            refused[str(record["to"])] += 1
        if record["kind"] != "mail":
            continue
        message = message_from_string(record["raw"])
        text = _text(message)
        receivers.update(record["to"])
        _add(links, [match[0] for match in _STATUS.finditer(text)])
        kind, request = KINDS.get(_plain(_subject(message).partition("】")[2])), _request([text])
        if kind and request:
            key = str(message["message-id"])
            notices += [Notice(EMAIL, address, kind, request, key) for address in record["to"]]
    return Arrived(tuple(notices), _frozen(links), frozenset(), dict(refused), frozenset(receivers))


def in_books(records: Iterable[Json]) -> Iterator[Movement]:
    """The provider's books."""
    for record in records:
        if record["kind"] in ("charge", "refund"):
            yield Movement(record["kind"], record["payment_id"], int(record["amount"]))


def _subject(message: Message) -> str:
    """The standard library's newer reader is ten times slower, and there are tens of thousands of mails."""
    return str(make_header(decode_header(str(message["subject"]))))


def _text(message: Message) -> str:
    plain = (part for part in message.walk() if part.get_content_type() == "text/plain")
    body = next((part.get_payload(decode=True) for part in plain), b"")
    return body.decode() if isinstance(body, bytes) else ""


def _request(texts: Iterable[str]) -> str | None:
    return next((match[0] for text in texts if (match := _REQUEST.search(text))), None)


def _add(links: dict[str, set[str]], addresses: Iterable[str]) -> None:
    for address in addresses:
        if match := _STATUS.search(address):
            links[match[1]].add(match[0])


def _frozen(links: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {request: frozenset(found) for request, found in links.items()}
