"""From the domain to the shapes of the API."""

from datetime import datetime
from typing import Any

from madoguchi.policy.models import Municipality
from madoguchi.policy.rules import ONLINE, day_in_japan, lawful_proofs
from madoguchi.vault.port import AccessRecord
from request_intake.domain.consent import CONSENT_ITEMS, CONSENT_VERSION
from request_intake.domain.state import Challenge, Question, RequestState
from request_intake.domain.status import Action, Refund, status
from request_intake.domain.words import Words
from request_intake.handlers import Deps
from request_intake.http import models as m


def catalogue(town: Municipality, now: datetime) -> m.CatalogueOut:
    """What the town offers on the day of `now`."""
    today = day_in_japan(now)
    offers = []
    for kind, offer in town.certificates.items():
        proofs = tuple(
            m.ProofOut(
                method=proof.method,
                assurance=proof.assurance,
                rule=proof.rule,
                lawful_from=proof.from_,
                lawful_until=proof.until,
                online=proof.method in ONLINE,
            )
            for proof in lawful_proofs(town, kind, today)
        )
        own = {name: getattr(offer, name) for name in _OFFERED}
        offers.append(m.OfferOut(certificate=kind, proofs=proofs, **own))
    return m.CatalogueOut(
        municipality=town.code,
        name=town.name,
        languages=town.languages,
        phrase=town.branding.phrase,
        certificates=tuple(offers),
        other_ways=tuple(m.OtherWayOut(way=way, text=text) for way, text in town.other_ways.items()),
        consent=m.ConsentOut(
            version=CONSENT_VERSION, items=CONSENT_ITEMS, days_after_end=town.deadlines.retention.days
        ),
    )


_OFFERED = ("service_code", "name", "fee", "charge", "forms", "subjects", "include", "delivery")
_OWN = ("request_id", "municipality", "certificate", "options", "delivery", "channel", "language", "live")
_SEEN = ("next", "actions", "late", "rejection", "refusal", "way")


def request(deps: Deps, state: RequestState) -> m.RequestOut:
    """The request as it is now."""
    return m.RequestOut(**_shown(deps, state))


def _shown(deps: Deps, state: RequestState) -> dict[str, Any]:
    """The fields of `RequestOut`."""
    seen = status(state, deps.clock())
    words = Words(deps.catalogue, state.language)
    return {
        **{name: getattr(state, name) for name in _OWN},
        **{name: getattr(seen, name) for name in _SEEN},
        "status": seen.code,
        "title": words.title(seen),
        "explanation": words.explanation(seen),
        "steps": tuple(m.StepOut(step=step, progress=progress) for step, progress in seen.steps),
        "deadline_at": seen.deadline,
        "submitted_at": state.submitted_at,
        "ended": seen.over,
        "question": _question(seen.question, words),
        "certificate_number": state.issuance.number,
        "fee": _fee(state, seen.refund),
        "proofs": state.proof.methods,
        "links": _links(deps, state, seen.actions),
    }


def _question(asked: Question | None, words: Words) -> m.QuestionOut | None:
    if asked is None:
        return None
    return m.QuestionOut(
        question_id=asked.id,
        question=asked.question,
        text=words(f"ask.{asked.question}"),
        asked_at=asked.asked_at,
        answer_by=asked.answer_by,
    )


def _fee(state: RequestState, refund: Refund) -> m.FeeOut:
    fee = state.fee
    settled = fee.amount == 0 or fee.paid_at is not None
    return m.FeeOut(payment_id=fee.payment_id, amount=fee.amount, due_at=fee.due_at, paid=settled, refund=refund)


def links(deps: Deps, state: RequestState) -> m.LinksOut:
    """The resident's addresses."""
    return _links(deps, state, status(state, deps.clock()).actions)


def _links(deps: Deps, state: RequestState, can: tuple[Action, ...]) -> m.LinksOut:
    page = deps.links.status_url(state)
    return m.LinksOut(
        status_page=page,
        proof_page=f"{page}/prove",
        payment_page=f"{page}/pay" if Action.PAY in can else None,
        download=deps.links.download_url(state) if Action.DOWNLOAD in can else None,
    )


def challenge(text: Challenge) -> m.ChallengeOut:
    """The text to sign."""
    return m.ChallengeOut(challenge_id=text.id, text=text.text, nonce=text.nonce, expires_at=text.expires_at)


def accepted(deps: Deps, state: RequestState) -> m.AcceptedOut:
    """A new request, with its first text to sign."""
    return m.AcceptedOut(**_shown(deps, state), challenge=challenge(state.proof.challenges[-1]))


def access_log(deps: Deps, state: RequestState, records: tuple[AccessRecord, ...]) -> m.AccessLogOut:
    """Who looked."""
    words = Words(deps.catalogue, state.language)
    looks = tuple(
        m.LookOut(
            at=record.at,
            actor=record.actor,
            purpose=record.purpose,
            legal_basis=record.legal_basis,
            fields=record.fields,
            words=words.look(record),
        )
        for record in records
    )
    return m.AccessLogOut(request_id=state.request_id, looks=looks)
