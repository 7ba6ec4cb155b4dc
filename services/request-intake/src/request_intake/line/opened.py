"""The LINE channels of every town that has one, put together: webhook, desk, answers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.store.open import prepared
from madoguchi.store.port import Documents
from madoguchi.text.catalogue import Catalogue
from request_intake.handlers import Deps
from request_intake.line.answer import Answerer
from request_intake.line.counter import IntakeCounter
from request_intake.line.desk import Desk
from request_intake.line.http import LineDoor
from request_intake.line.record import CONVERSATIONS
from request_intake.line.sender import line_sender


@asynccontextmanager
async def line_channels(
    app: FastAPI, deps: Deps, documents: Documents, towns: Mapping[str, Municipality], secrets_dir: Path
) -> AsyncIterator[Answerer]:
    """Furnish the app's door; the answerer must be run and swept. Raises `PolicyError` when a secret is missing."""
    await prepared(documents, [CONVERSATIONS])
    async with AsyncExitStack() as stack:
        senders, secrets = {}, {}
        for code, town in towns.items():
            if town.line is None:
                continue
            folder = SecretFolder(secrets_dir, code)
            token = folder.text(town.line.channel_access_token)
            senders[code] = await stack.enter_async_context(line_sender(str(town.line.api_url), token))
            secrets[code] = tuple(secret.encode() for secret in folder.texts(town.line.channel_secret))
        counter = IntakeCounter(deps)
        answerer = Answerer(documents, deps.vault, counter, senders, deps.clock)
        catalogue = Catalogue.of_package("request_intake.conversation")
        desk = Desk(documents, deps.vault, counter, catalogue, deps.clock, deps.randomness, answerer.wake, deps.trace)
        app.state.line = LineDoor(desk, {code: towns[code] for code in senders}, secrets)
        yield answerer
