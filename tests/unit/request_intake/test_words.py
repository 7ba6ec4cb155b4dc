"""Every code that a resident can meet has words."""

from enum import StrEnum

import pytest

from madoguchi.contracts.flow import SERVICES
from madoguchi.contracts.vocabulary import (
    CertificateForm,
    IdentityReason,
    OptionalItem,
    OtherWay,
    RefusalReason,
    ResidentQuestion,
    Subjects,
)
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import LegalBasis, Purpose
from request_intake.domain.state import Recipient, Shared, Use

CODES: list[tuple[str, type[StrEnum]]] = [
    ("form", CertificateForm),
    ("subjects", Subjects),
    ("include", OptionalItem),
    ("rejection", IdentityReason),
    ("refusal", RefusalReason),
    ("way", OtherWay),
    ("ask", ResidentQuestion),
    ("purpose", Purpose),
    ("basis", LegalBasis),
    ("consent.data", Shared),
    ("consent.recipient", Recipient),
    ("consent.use", Use),
]


@pytest.mark.parametrize(("prefix", "codes"), CODES, ids=[prefix for prefix, _ in CODES])
def test_every_code_has_words(catalogue: Catalogue, prefix: str, codes: type[StrEnum]) -> None:
    assert {f"{prefix}.{code}" for code in codes} <= catalogue.keys()


def test_every_service_has_a_name(catalogue: Catalogue) -> None:
    assert {f"actor.{service}" for service in SERVICES} <= catalogue.keys()
