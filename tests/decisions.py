"""What a clerk decides, as the console publishes it."""

from secrets import token_bytes
from typing import TypeVar

from madoguchi.contracts.events import Decision, IdentityDecided, IssuanceDecided, ResidentAsked
from madoguchi.contracts.ids import new_question_id
from madoguchi.contracts.personal import CardAttributes, ClerkChoice
from madoguchi.contracts.vocabulary import ResidentQuestion
from madoguchi.service.clock import utc_now
from madoguchi.vault.port import Vault
from madoguchi_sandbox.register import PERSONAS

D = TypeVar("D", bound=Decision)

CLERK, APPROVER = "0042", "0007"
"""Staff numbers."""


def no(kind: type[D], request_id: str, town: str) -> D:
    """The clerk says no."""
    return kind(request_id=request_id, municipality=town, decision="refuse", clerk=CLERK, decided_at=utc_now())


def question(request_id: str, town: str, asks: ResidentQuestion) -> ResidentAsked:
    """The clerk asks the resident something."""
    now = utc_now()
    fresh = new_question_id(now, token_bytes)
    return ResidentAsked(
        request_id=request_id, municipality=town, question_id=fresh, question=asks, clerk=CLERK, asked_at=now
    )


async def this_one(vault: Vault, request_id: str, town: str, persona: str) -> IssuanceDecided:
    """The clerk says which entry of the register it is."""
    choice = ClerkChoice(address_number=PERSONAS[persona].address_number)
    return IssuanceDecided(
        request_id=request_id,
        municipality=town,
        decision="approve",
        clerk=CLERK,
        approver=APPROVER,
        decided_at=utc_now(),
        choice=await vault.seal(request_id, "choice", choice),
    )


async def this_person(vault: Vault, request_id: str, town: str, persona: str) -> IdentityDecided:
    """The clerk says who it is."""
    someone = PERSONAS[persona]
    confirmed = CardAttributes(
        name=someone.name,
        name_substitutions="0" * len(someone.name),
        sex="female" if someone.sex == "female" else "male",
        birth_date=someone.birth_date,
        address=someone.address,
        address_substitutions="0" * len(someone.address),
        certificate_serial="1",
    )
    return IdentityDecided(
        request_id=request_id,
        municipality=town,
        decision="approve",
        clerk=CLERK,
        approver=APPROVER,
        decided_at=utc_now(),
        attributes=await vault.seal(request_id, "attributes", confirmed),
    )
