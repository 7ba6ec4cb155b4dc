"""The desk's way into the rest of intake: views in words, and the acts a conversation orders."""

from dataclasses import dataclass

import structlog

from madoguchi.contracts.vocabulary import Channel, Delivery, Language, OtherWay
from request_intake import handlers
from request_intake.conversation.model import OpenRequest
from request_intake.domain.consent import CONSENT_VERSION
from request_intake.domain.status import status
from request_intake.domain.step import NotNow
from request_intake.domain.submit import Wish
from request_intake.domain.words import Words
from request_intake.handlers import Deps, NoSuchRequest, NotOffered, SealedWish, Sender
from request_intake.line.record import Application, QuestionAnswer

log = structlog.get_logger("request_intake")


@dataclass(frozen=True, slots=True)
class IntakeCounter:
    """`desk.Counter` and `answer.Acts` on intake's own use cases."""

    deps: Deps

    async def view(self, request_id: str, language: Language) -> OpenRequest | None:
        """The request as the thread may speak of it."""
        try:
            state = await self.deps.load(request_id)
        except NoSuchRequest:
            return None
        seen, words = status(state, self.deps.clock()), Words(self.deps.catalogue, language)
        return OpenRequest(
            request_id=request_id,
            status=words.title(seen),
            deadline="" if seen.deadline is None else words.moment(seen.deadline),
            url=self.deps.links.status_url(state),
            open=not seen.over,
            question_id=seen.question.id if seen.question else "",
            question=words(f"ask.{seen.question.question}") if seen.question else "",
        )

    async def looks(self, request_id: str, language: Language) -> tuple[str, ...]:
        """Its access log, a line each, in words."""
        words = Words(self.deps.catalogue, language)
        return tuple(words.look(record) for record in await handlers.access_log(self.deps, request_id))

    async def submit(self, municipality: str, application: Application) -> None:
        """Store the request; the same application again changes nothing."""
        wish = Wish(
            certificate=application.certificate,
            options=application.options,
            delivery=Delivery.DOWNLOAD,
            language=application.language,
            consent_version=CONSENT_VERSION,
        )
        sealed = SealedWish(application.request_id, wish, application.contact, application.member)
        sender = Sender(municipality, Channel.LINE, client=Channel.LINE.value)
        try:
            await handlers.submit(self.deps, sender, sealed)
        except NotOffered as error:  # the town's offer changed between the question and the answer
            log.warning("application_not_offered", request_id=application.request_id, objections=str(error))

    async def cancel(self, request_id: str) -> None:
        """Take the request back."""
        try:
            await handlers.cancel(self.deps, request_id)
        except (NotNow, NoSuchRequest) as error:
            log.info("cancel_too_late", request_id=request_id, reason=type(error).__name__)

    async def redirect(self, request_id: str, way: OtherWay) -> None:
        """End the request in favour of the counter or the post."""
        try:
            await handlers.choose_other_way(self.deps, request_id, way)
        except (NotNow, NoSuchRequest, NotOffered) as error:
            log.info("other_way_too_late", request_id=request_id, reason=type(error).__name__)

    async def answer(self, given: QuestionAnswer) -> None:
        """Hand the answer to the clerk, if one still waits for it."""
        try:
            await handlers.answer_sealed(self.deps, given.request_id, given.question_id, given.answer_id, given.sealed)
        except (NotNow, NoSuchRequest) as error:
            log.info("answer_too_late", request_id=given.request_id, reason=type(error).__name__)
