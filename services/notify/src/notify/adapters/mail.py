"""E-mail by SMTP: one recipient a message, Message-ID derived from the notice, marked as automatic (RFC 3834)."""

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib
import jinja2

from madoguchi.contracts.personal import Contact
from notify.domain.model import Outcome
from notify.ports import Message

TIMEOUT_SECONDS = 15.0
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("notify"), autoescape=jinja2.select_autoescape(), undefined=jinja2.StrictUndefined
)


@dataclass(frozen=True, slots=True, repr=False)
class Relay:
    """Where mail is handed in. `start_tls` None: use it when the relay offers it."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    start_tls: bool | None = None
    timeout: float = TIMEOUT_SECONDS
    """Seconds for each answer of the relay."""


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """A town's mail."""

    relay: Relay
    sender: str

    async def send(self, contact: Contact, message: Message) -> Outcome:
        """Hand one mail to the relay; never raises for what the relay answers."""
        if contact.email is None:
            return Outcome(verdict="no_address", code="no_address")
        try:
            mail = compose_mail(message, sender=self.sender, to=contact.email)
        except ValueError:
            return Outcome(verdict="refused", code="bad_address")
        try:
            refused, _answer = await self._hand_in(mail)
        except aiosmtplib.SMTPException as error:
            return _refusal(error)
        except OSError as error:
            return Outcome(verdict="retry", code=type(error).__name__)
        # With one recipient a partial refusal is a refusal; aiosmtplib reports it without raising.
        code = next((answer.code for answer in refused.values()), 250)
        return by_code(code, str(mail["Message-ID"]))

    async def _hand_in(self, mail: EmailMessage) -> tuple[dict[str, aiosmtplib.SMTPResponse], str]:
        return await aiosmtplib.send(
            mail,
            hostname=self.relay.host,
            port=self.relay.port,
            username=self.relay.username,
            password=self.relay.password,
            start_tls=self.relay.start_tls,
            timeout=self.relay.timeout,
        )


def _refusal(error: aiosmtplib.SMTPException) -> Outcome:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return by_code(error.recipients[0].code)
        case aiosmtplib.SMTPDataError() | aiosmtplib.SMTPSenderRefused():
            return by_code(error.code)
        case aiosmtplib.SMTPResponseException():
            # Greeting and login concern our account with the relay, not this mail; an operator can mend it.
            return Outcome(verdict="retry", code=str(error.code))
        case _:
            return Outcome(verdict="retry", code=type(error).__name__)


def by_code(code: int, message_id: str = "") -> Outcome:
    """SMTP reply codes (RFC 5321 §4.2.1): 2yz taken, 4yz may pass later, 5yz will not."""
    if code < 400:
        return Outcome(verdict="accepted", code=str(code), provider_id=message_id)
    return Outcome(verdict="retry" if code < 500 else "refused", code=str(code))


def compose_mail(message: Message, *, sender: str, to: str) -> EmailMessage:
    """The mail: plain text, and the same as a simple page. Raises `ValueError` for an address that is none.

    The same notice gives the same headers, whenever it is sent: whoever gets it twice can tell.
    """
    name, address = parseaddr(sender)
    mail = EmailMessage()
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = _address(to)
    mail["Subject"] = f"【{message.town}】{message.title}"
    mail["Date"] = format_datetime(message.event_at)
    mail["Message-ID"] = f"<{message.notice_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language.value
    mail.set_content(_TEMPLATES.get_template("notice.txt").render(message=message))
    mail.add_alternative(_TEMPLATES.get_template("notice.html").render(message=message), subtype="html")
    return mail


def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (MessageError, LookupError) as error:
        # The standard library trips over some texts that are no addresses.
        raise ValueError("not an e-mail address") from error
