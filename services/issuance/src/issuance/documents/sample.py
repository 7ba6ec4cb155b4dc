"""A sheet without personal data, to show what a certificate looks like."""

from datetime import date

from issuance.documents.model import Issuer, Person, RenderInput
from madoguchi.contracts.vocabulary import CertificateForm, Language
from madoguchi.policy.models import Municipality

_BLANK = "○○　○○"


def issuer_of(town: Municipality) -> Issuer:
    """The town as it appears on its certificates."""
    return Issuer(
        code=town.code,
        name=town.name[Language.JAPANESE],
        prefecture=town.prefecture,
        mayor=town.mayor,
        sandbox=town.sandbox,
    )


def sample(town: Municipality, day: date) -> RenderInput:
    """A certificate of nobody, marked 見本 whatever the town. `day` is its date of issue."""
    person = Person(
        name=_BLANK,
        birth_date="○○年○月○日",
        sex="○",
        address=f"{town.prefecture}{town.name[Language.JAPANESE]}○○町○丁目○番○号",
        resident_since="○○年○月○日",
        address_since="○○年○月○日",
        notified_on="○○年○月○日",
        previous_address="○○県○○市○○町○丁目○番○号",
    )
    return RenderInput(
        issuer=issuer_of(town).model_copy(update={"sandbox": True}),
        number=f"{town.code}-{day:%Y%m%d}-0000000000",
        form=CertificateForm.INDIVIDUAL,
        persons=(person,),
        attestation=town.seal.reason,
        issued_on=day,
        verification_url="https://madoguchi.example/",
    )
