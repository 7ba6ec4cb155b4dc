"""Putting notify together from settings and towns: each town's words and channels."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from fastapi import FastAPI

from madoguchi.contracts.vocabulary import NoticeChannel
from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.service.clock import utc_now
from madoguchi.store.aggregates import Aggregates, collection
from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.text.catalogue import Catalogue
from madoguchi.web import manners
from notify import metrics
from notify.adapters.line import line_push
from notify.adapters.mail import Relay, SmtpMail
from notify.compose import Wording
from notify.deliver import Town
from notify.domain.model import Recipient
from notify.ports import Channel
from notify.settings import Settings

RECIPIENTS = collection("recipients")


def recipients(documents: Documents) -> Aggregates[Recipient]:
    """Where it is kept who is to be told what."""
    return Aggregates(documents, RECIPIENTS, Recipient, utc_now)


def application() -> FastAPI:
    """Nothing but health and metrics, which `serve` adds."""
    app = FastAPI(title="notify", docs_url=None, redoc_url=None, openapi_url=None, telemetry=traces.HTTP)
    manners.install(app)
    return app


async def channels_of(settings: Settings, towns: Mapping[str, Municipality], stack: AsyncExitStack) -> dict[str, Town]:
    """Every town's words and channels, open until `stack` closes. Raises `PolicyError` when something is missing."""
    catalogue = Catalogue.of_package("notify")
    relay = mail_relay(settings)
    return {
        code: Town(wording(settings, town, catalogue), await _channels(settings, town, relay, stack))
        for code, town in towns.items()
    }


def wording(settings: Settings, town: Municipality, catalogue: Catalogue) -> Wording:
    """What a town's notices are made of."""
    link_key = SecretFolder(settings.secrets_dir, town.code).read(town.secrets.link_key[0])
    return Wording(town, catalogue, link_key, settings.intake_public_url, settings.issuance_public_url)


def mail_relay(settings: Settings) -> Relay | None:
    """Where mail is handed in; None when no relay is named."""
    if settings.smtp_host is None:
        return None
    password = None
    if settings.smtp_password is not None:
        password = SecretFolder(settings.secrets_dir, ".").text(settings.smtp_password)
    return Relay(settings.smtp_host, settings.smtp_port, settings.smtp_username, password, settings.smtp_starttls)


async def _channels(
    settings: Settings, town: Municipality, relay: Relay | None, stack: AsyncExitStack
) -> dict[NoticeChannel, Channel]:
    channels: dict[NoticeChannel, Channel] = {}
    if town.line is not None:
        token = SecretFolder(settings.secrets_dir, town.code).text(town.line.channel_access_token)
        channels[NoticeChannel.LINE] = await stack.enter_async_context(line_push(str(town.line.api_url), token))
    if town.email is not None:
        if relay is None:
            raise PolicyError(f"{town.code}: the policy has `email`, but SMTP_HOST names no relay")
        channels[NoticeChannel.EMAIL] = SmtpMail(relay, town.email.sender)
    for channel in channels:
        metrics.begin(town.code, channel)
    return channels
