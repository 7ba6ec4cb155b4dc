"""The status as the resident sees it: one word, the steps so far, what to do next and until when. Nothing about why a
clerk has it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from madoguchi.contracts.vocabulary import IdentityReason, OtherWay, Outcome, RefusalReason
from request_intake.domain import facts
from request_intake.domain.state import Question, RequestState, Why


class StatusCode(StrEnum):
    """Where the request is."""

    PROOF_NEEDED = "proof_needed"
    CHECKING = "checking"
    WITH_CLERK = "with_clerk"
    FEE_DUE = "fee_due"
    ISSUING = "issuing"
    READY = "ready"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REDIRECTED = "redirected"
    REVOKED = "revoked"


class Action(StrEnum):
    """What the resident can do now."""

    PROVE = "prove"
    PAY = "pay"
    ANSWER = "answer"
    DOWNLOAD = "download"
    CANCEL = "cancel"
    OTHER_WAY = "other_way"
    REVOKE_CONSENT = "revoke_consent"


class Milestone(StrEnum):
    """The steps of the thread, as the progress list shows them."""

    ACCEPTED = "accepted"
    PROOF = "proof"
    CHECK = "check"
    FEE = "fee"
    CERTIFICATE = "certificate"


Progress = Literal["done", "current", "ahead", "stopped"]
Refund = Literal["none", "pending", "done"]


@dataclass(frozen=True, slots=True)
class Status:
    """What a status page says. `deadline`: for the resident's next act, or of the town's promise."""

    code: StatusCode
    steps: tuple[tuple[Milestone, Progress], ...]
    actions: tuple[Action, ...]
    deadline: datetime | None = None
    late: bool = False
    refund: Refund = "none"
    rejection: IdentityReason | None = None
    refusal: RefusalReason | None = None
    way: OtherWay | None = None
    why: Why | None = None
    ended_at: datetime | None = None
    question: Question | None = None
    """What a clerk wants to know now."""
    answered: bool = False
    """A clerk has an answer of the resident and asks nothing more."""
    erased: bool = False
    """The personal data is gone, or about to go because consent was revoked."""

    @property
    def missed(self) -> bool:
        """Whether there is a certificate that can no longer be fetched."""
        return self.code is StatusCode.READY and Action.DOWNLOAD not in self.actions

    @property
    def next(self) -> Action | None:
        """The one act that brings the request on."""
        return next((a for a in (Action.DOWNLOAD, Action.PROVE, Action.ANSWER, Action.PAY) if a in self.actions), None)

    @property
    def over(self) -> bool:
        """Whether nothing will change any more by itself."""
        return self.ended_at is not None


_OUTCOMES = {
    Outcome.CANCELLED: StatusCode.CANCELLED,
    Outcome.EXPIRED: StatusCode.EXPIRED,
    Outcome.REDIRECTED: StatusCode.REDIRECTED,
    Outcome.REFUSED: StatusCode.REFUSED,
}


def status(state: RequestState, now: datetime) -> Status:
    """The request as its resident sees it at `now`."""
    code = code_of(state)
    rejections = state.proof.rejections
    told = rejections and code in (StatusCode.PROOF_NEEDED, StatusCode.REFUSED)
    return Status(
        code=code,
        steps=_steps(state, code),
        actions=_actions(state, code, now),
        deadline=_deadline(state, code),
        late=state.late_at is not None and facts.ended_at(state) is None,
        refund=_refund(state),
        rejection=rejections[-1].reason if told else None,
        refusal=state.issuance.refused if code is StatusCode.REFUSED else None,
        way=state.closed.way if state.closed else None,
        why=state.closed.why if state.closed else None,
        ended_at=facts.ended_at(state),
        question=facts.open_question(state),
        answered=_answered(state, code),
        erased=_erased(state),
    )


def code_of(state: RequestState) -> StatusCode:
    """Where the request is, whatever the time."""
    if state.closed is not None:
        return _OUTCOMES[state.closed.outcome]
    if facts.failed_at(state) is not None:
        return StatusCode.REFUSED
    if state.issuance.issued_at is not None:
        return StatusCode.READY if state.issuance.revoked_at is None else StatusCode.REVOKED
    return _open_code(state)


def _open_code(state: RequestState) -> StatusCode:
    if facts.with_clerk(state):
        return StatusCode.WITH_CLERK
    if facts.proof_needed(state):
        return StatusCode.PROOF_NEEDED
    if facts.payable(state):
        return StatusCode.FEE_DUE
    return StatusCode.CHECKING if state.issuance.eligible_at is None else StatusCode.ISSUING


def _deadline(state: RequestState, code: StatusCode) -> datetime | None:
    match code:
        case StatusCode.PROOF_NEEDED:
            return facts.proof_due_at(state)
        case StatusCode.FEE_DUE:
            return state.fee.due_at
        case StatusCode.CHECKING | StatusCode.WITH_CLERK | StatusCode.ISSUING:
            return facts.promised_at(state)
        case StatusCode.READY:
            return state.issuance.download_until
        case _:
            return None


def _refund(state: RequestState) -> Refund:
    if facts.refund_owed(state):
        return "pending"
    return "done" if state.fee.refunded_at is not None else "none"


def _actions(state: RequestState, code: StatusCode, now: datetime) -> tuple[Action, ...]:
    until = state.issuance.download_until
    open_ = facts.ended_at(state) is None
    possible = {
        Action.DOWNLOAD: code is StatusCode.READY and until is not None and until > now and not _erased(state),
        Action.PROVE: code is StatusCode.PROOF_NEEDED,
        Action.PAY: facts.payable(state),
        Action.ANSWER: facts.open_question(state) is not None,
        Action.OTHER_WAY: open_,
        Action.CANCEL: open_,
        Action.REVOKE_CONSENT: state.consent.revoked_at is None and state.erased_at is None,
    }
    return tuple(action for action, can in possible.items() if can)


def _answered(state: RequestState, code: StatusCode) -> bool:
    return code is StatusCode.WITH_CLERK and bool(state.questions) and facts.open_question(state) is None


def _erased(state: RequestState) -> bool:
    return state.erased_at is not None or state.consent.revoked_at is not None


def _steps(state: RequestState, code: StatusCode) -> tuple[tuple[Milestone, Progress], ...]:
    proof, issuance, fee = state.proof, state.issuance, state.fee
    done = {
        Milestone.ACCEPTED: True,
        Milestone.PROOF: any(r.final for r in proof.rejections) or not _owes_proof(state),
        Milestone.CHECK: issuance.eligible_at is not None or issuance.issued_at is not None,
        Milestone.FEE: fee.paid_at is not None,
        Milestone.CERTIFICATE: issuance.issued_at is not None and code is StatusCode.READY,
    }
    order = [Milestone.ACCEPTED, Milestone.PROOF, Milestone.CHECK, Milestone.CERTIFICATE]
    if fee.amount:
        order.insert(2 if state.terms.charge_before_review else 3, Milestone.FEE)
    at = next((m for m in order if not done[m]), None)
    here: Progress = "current" if facts.ended_at(state) is None else "stopped"
    return tuple((m, "done" if done[m] else here if m is at else "ahead") for m in order)


def _owes_proof(state: RequestState) -> bool:
    """Whether the evidence is still to come, or was answered with no."""
    proof = state.proof
    answered = proof.verified_at is not None or proof.referred_at is not None or state.issuance.eligible_at is not None
    return not answered and not facts.awaits_verdict(state)
