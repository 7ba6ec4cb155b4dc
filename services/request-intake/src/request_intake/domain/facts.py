"""What the facts of a request mean together. Derived, so the order in which they were learned does not matter."""

from datetime import datetime, timedelta

from request_intake.domain.state import Challenge, Question, RequestState, Why


def finally_rejected_at(state: RequestState) -> datetime | None:
    """When identity said its last *no*."""
    return min((r.at for r in state.proof.rejections if r.final), default=None)


def failed_at(state: RequestState) -> datetime | None:
    """When the request ended without a certificate that counts."""
    if state.closed is not None:
        return state.closed.at
    return state.issuance.refused_at or finally_rejected_at(state)


def ended_at(state: RequestState) -> datetime | None:
    """When the request reached an end state."""
    return failed_at(state) or state.issuance.issued_at


def paid(state: RequestState) -> bool:
    """Whether nothing is left to pay."""
    return state.fee.amount == 0 or state.fee.paid_at is not None


def refund_owed(state: RequestState) -> bool:
    """Paid, but there is no certificate for it; not given back yet."""
    fee = state.fee
    return failed_at(state) is not None and fee.paid_at is not None and fee.refunded_at is None


def payable(state: RequestState) -> bool:
    """Whether the resident can pay now."""
    return ended_at(state) is None and state.fee.due_at is not None and not paid(state)


def awaits_payment_news(state: RequestState) -> bool:
    """A payment page is or was open, and the provider has not said that it was paid."""
    fee = state.fee
    return fee.checkout is not None and fee.paid_at is None


def current_challenge(state: RequestState, now: datetime, *, left: timedelta = timedelta(0)) -> Challenge | None:
    """The newest text to sign, if it is unused and good for more than `left`."""
    newest = state.proof.challenges[-1] if state.proof.challenges else None
    good = newest is not None and newest.used_at is None and newest.expires_at > now + left
    return newest if good else None


def awaits_verdict(state: RequestState) -> bool:
    """Evidence was handed in, and identity has not answered it."""
    used = sum(1 for challenge in state.proof.challenges if challenge.used_at is not None)
    proof = state.proof
    return used > len(proof.rejections) and proof.verified_at is None and proof.referred_at is None


def with_clerk(state: RequestState) -> bool:
    """A clerk decides, about the person or about the certificate; which of the two is nobody's business here."""
    proof, issuance = state.proof, state.issuance
    if ended_at(state) is not None:
        return False
    about_person = proof.referred_at is not None and proof.verified_at is None
    referred, eligible = issuance.referred_at, issuance.eligible_at
    return about_person or (referred is not None and (eligible is None or eligible < referred))


def open_question(state: RequestState) -> Question | None:
    """What a clerk wants to know and the resident has not said, while the request is with a clerk; the oldest first."""
    return next((q for q in state.questions if q.answered_at is None), None) if with_clerk(state) else None


def proof_needed(state: RequestState) -> bool:
    """Whether it is the resident's turn to prove who they are."""
    known = state.proof.verified_at is not None or state.issuance.eligible_at is not None
    return ended_at(state) is None and not known and not with_clerk(state) and not awaits_verdict(state)


def proof_due_at(state: RequestState) -> datetime:
    """Until when evidence may come; a rejection starts the time anew."""
    return max((state.submitted_at, *(r.at for r in state.proof.rejections))) + state.terms.proof


def in_the_towns_hands(state: RequestState) -> bool:
    """Whether the resident can do nothing but wait."""
    return ended_at(state) is None and not proof_needed(state) and (with_clerk(state) or not payable(state))


def promised_at(state: RequestState) -> datetime:
    """By when the town promised an answer: the time runs from the resident's last act."""
    used = [c.used_at for c in state.proof.challenges if c.used_at is not None]
    acts = [state.submitted_at, *used, *([state.fee.paid_at] if state.fee.paid_at else [])]
    return max(acts) + state.terms.promise


def missing_notices(state: RequestState) -> tuple[str, ...]:
    """Notices that an event announced and that notify has not reported yet."""
    return tuple(key for key, notice in state.notices.items() if notice.expected and notice.report is None)


def revocation_missing(state: RequestState) -> bool:
    """The request was closed, yet a certificate had been issued meanwhile: issuance takes it back."""
    return state.closed is not None and state.issuance.issued_at is not None and state.issuance.revoked_at is None


def answer_missing(state: RequestState) -> bool:
    """Another service, not a person, owes the next event."""
    return bool(missing_notices(state)) or decision_missing(state)


def decision_missing(state: RequestState) -> bool:
    """Identity or issuance owes it."""
    if revocation_missing(state):
        return True
    if ended_at(state) is not None or with_clerk(state):
        return False
    return awaits_verdict(state) or (not proof_needed(state) and not payable(state))


def settled(state: RequestState) -> bool:
    """At an end, everybody told, nothing owed."""
    over = ended_at(state) is not None
    return over and not missing_notices(state) and not refund_owed(state) and not revocation_missing(state)


def erasable_at(state: RequestState) -> datetime | None:
    """When the personal data may go: after the retention, or at once when consent was revoked."""
    end = ended_at(state)
    if end is None or not settled(state) or state.erased_at is not None:
        return None
    if state.consent.revoked_at is not None or (state.closed and state.closed.why is Why.CONSENT_REVOKED):
        return end
    return end + state.terms.retention
