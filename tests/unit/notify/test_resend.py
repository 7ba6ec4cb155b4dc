"""A clerk sends a notice again, or tries a channel out."""

from datetime import timedelta

import pytest

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.notices import notice_id
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Language, NoticeChannel, NoticeKind
from madoguchi.testing.events import TOWN, request_id
from notify.domain import decide
from notify.domain.model import Outcome
from unit.notify.world import EMAIL, LINE, RETRY, Post

REFUSED = Outcome(verdict="refused", code="550")


@pytest.fixture
def post() -> Post:
    return Post()


def resend(post: Post, of: Envelope[e.Event], *channels: NoticeChannel, key: str = "act-1") -> Envelope[e.Event]:
    wish = e.NoticeResendRequested(
        request_id=of.request_id, municipality=TOWN, notice_id=notice_id(of) or "", channels=channels,
        clerk="0042", requested_at=post.clock(),
    )  # fmt: skip
    return envelop(wish, time=post.clock(), key=key)


async def channel_test(post: Post, channel: NoticeChannel, contact: Contact) -> Envelope[e.Event]:
    await post.vault.create_key(request_id(), TOWN)
    wish = e.ChannelTestRequested(
        request_id=request_id(), municipality=TOWN, channel=channel, language=Language.JAPANESE,
        contact=await post.vault.seal(request_id(), "contact", contact), clerk="0042", requested_at=post.clock(),
    )  # fmt: skip
    return envelop(wish, time=post.clock())


async def test_a_report_says_how_it_went_on_each_channel(post: Post) -> None:
    post.line.answers.append(Outcome(verdict="accepted", code="200", provider_id="line-1"))
    post.mail.answers += [RETRY, REFUSED]
    began = post.clock()
    await post.hear(await post.submitted())
    await post.one_round()
    post.clock.move(decide.WAITS[0])
    await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    again = began + timedelta(seconds=decide.WAITS[0])
    assert report.event.resend_id is None
    assert report.event.deliveries == (
        e.ChannelDelivery(
            channel=LINE, status="sent", code="200", attempts=1, first_attempt_at=began, last_attempt_at=began,
            provider_id="line-1",
        ),
        e.ChannelDelivery(
            channel=EMAIL, status="failed", code="550", attempts=2, first_attempt_at=began, last_attempt_at=again
        ),
    )  # fmt: skip


async def test_a_notice_is_sent_again_as_a_new_message_to_the_channel_named(post: Post) -> None:
    submitted = await post.submitted()
    post.mail.answers.append(REFUSED)
    await post.hear(submitted)
    await post.one_round()
    wish = resend(post, submitted, EMAIL)
    await post.hear(wish, wish)
    await post.one_round()
    await post.hear(wish)
    await post.one_round()
    assert len(post.line.sent) == 1
    first, second = post.mail.sent
    assert second.notice_id != first.notice_id
    assert (second.text, second.buttons, second.event_at) == (first.text, first.buttons, first.event_at)
    _, report = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert (report.event.notice_id, report.event.resend_id) == (notice_id(submitted), wish.id)
    assert report.event.channels == (EMAIL,)


async def test_each_wish_is_a_message_of_its_own(post: Post) -> None:
    submitted = await post.submitted()
    await post.hear(submitted)
    await post.one_round()
    await post.hear(resend(post, submitted, LINE), resend(post, submitted, LINE, key="act-2"))
    await post.one_round()
    assert len({message.notice_id for message in post.line.sent}) == len(post.line.sent) == 3
    assert len(await post.published()) == 3


async def test_without_a_channel_named_all_are_meant(post: Post) -> None:
    submitted = await post.submitted()
    await post.hear(submitted)
    await post.one_round()
    await post.hear(resend(post, submitted))
    await post.one_round()
    assert (len(post.line.sent), len(post.mail.sent)) == (2, 2)


async def test_a_resend_that_fails_is_reported_and_the_first_report_stands(post: Post) -> None:
    submitted = await post.submitted()
    await post.hear(submitted)
    await post.one_round()
    post.line.answers.append(Outcome(verdict="refused", code="blocked"))
    await post.hear(resend(post, submitted, LINE))
    await post.one_round()
    sent, failed = (envelope.event for envelope in await post.published())
    assert isinstance(sent, e.NoticeSent)
    assert isinstance(failed, e.NoticeFailed)
    assert (failed.notice_id, failed.deliveries[0].code) == (sent.notice_id, "blocked")


async def test_after_erasure_a_resend_reaches_nobody_and_says_so(post: Post) -> None:
    submitted = await post.submitted()
    await post.hear(submitted)
    await post.one_round()
    await post.vault.erase(request_id())
    await post.hear(resend(post, submitted, LINE))
    await post.one_round()
    assert len(post.line.sent) == 1
    failed = (await post.published())[-1].event
    assert isinstance(failed, e.NoticeFailed)
    assert failed.deliveries == ()


async def test_a_notice_that_nobody_knows_is_not_sent(post: Post) -> None:
    with pytest.raises(decide.NoSuchNotice):
        await post.hear(resend(post, await post.submitted(), LINE))


async def test_a_channel_is_tried_out_with_a_message_that_leads_nowhere(post: Post) -> None:
    await post.hear(await channel_test(post, EMAIL, Contact(email="staff@example.jp", line_user_id="U" + "b" * 32)))
    await post.one_round()
    (message,) = post.mail.sent
    assert not post.line.sent
    assert (message.kind, message.buttons, message.language) == (NoticeKind.CHANNEL_TEST, (), Language.JAPANESE)
    (report,) = await post.published()
    assert isinstance(report.event, e.ChannelTested)
    assert (report.event.delivery.channel, report.event.delivery.status) == (EMAIL, "sent")


async def test_a_test_says_at_once_what_the_channel_answers(post: Post) -> None:
    post.line.answers.append(RETRY)
    await post.hear(await channel_test(post, LINE, Contact(line_user_id="U" + "b" * 32)))
    await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.ChannelTested)
    assert (report.event.delivery.status, report.event.delivery.code) == ("gave_up", "500")
    assert await post.recipients.due(post.clock() + timedelta(days=2)) == []


async def test_a_test_to_nobody_fails(post: Post) -> None:
    await post.hear(await channel_test(post, LINE, Contact()))
    await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.ChannelTested)
    assert (report.event.delivery.status, report.event.delivery.code) == ("failed", "no_contact")
