"""The four attributes as certificates spell them (domain facts §1)."""

from contextlib import suppress

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from identity.domain.verdict import Shortcoming
from identity.jpki.attributes import birth_date, read
from madoguchi.contracts.personal import CardAttributes
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi_sandbox.pki.der import tlv, utf8
from madoguchi_sandbox.pki.holders import Holder, substituted
from madoguchi_sandbox.register import PERSONAS

GOOD = {1: "例野　花子", 2: "00000", 3: "2", 4: "319910412", 5: "見本県", 6: "000"}


def names(values: dict[int, str | bytes]) -> list[x509.GeneralName]:
    return [
        x509.OtherName(
            x509.ObjectIdentifier(f"1.2.392.200149.8.5.5.{arc}"), value if isinstance(value, bytes) else utf8(value)
        )
        for arc, value in values.items()
    ]


def refused(values: dict[int, str | bytes]) -> bool:
    with pytest.raises(Shortcoming) as short:
        read(names(values), 7)
    return short.value.reason is IdentityReason.ATTRIBUTES_MISSING


def test_all_four_are_read() -> None:
    assert read([x509.DNSName("x.example"), *names({**GOOD})], 7) == CardAttributes(
        name="例野　花子",
        name_substitutions="00000",
        sex="female",
        birth_date="1991-04-12",
        address="見本県",
        address_substitutions="000",
        certificate_serial="7",
    )


@pytest.mark.parametrize(("digit", "sex"), [("1", "male"), ("2", "female"), ("3", "not_stated"), ("9", "not_stated")])
def test_sex(digit: str, sex: str) -> None:
    assert read(names({**GOOD, 3: digit}), 7).sex == sex


def test_a_card_that_does_not_state_the_sex() -> None:
    assert read(names({arc: value for arc, value in GOOD.items() if arc != 3}), 7).sex == "not_stated"


@pytest.mark.parametrize("arc", [1, 2, 4, 5, 6])
def test_each_of_the_others_must_be_there(arc: int) -> None:
    assert refused({key: value for key, value in GOOD.items() if key != arc})
    assert refused({**GOOD, arc: ""})


@pytest.mark.parametrize(
    "changed",
    [
        {2: "0000"},
        {2: "0000a"},
        {2: "０００００"},
        {6: "0000"},
        {1: b"\x13\x03abc"},
        {1: b"\x0c\x05ab"},
        {1: tlv(0x0C, b"\xff\xfe")},
        {1: utf8("x") + b"\x00"},
        {1: "長" * 401, 2: "0" * 401},
    ],
)
def test_what_is_not_in_its_form_counts_as_missing(changed: dict[int, str | bytes]) -> None:
    assert refused({**GOOD, **changed})


def test_an_attribute_given_twice_counts_as_missing() -> None:
    with pytest.raises(Shortcoming):
        read([*names({**GOOD}), *names({1: "別人　太郎"})], 7)


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("319800217", "1980-02-17"),
        ("520190501", "2019-05-01"),
        ("319380500", "1938-05-00"),
        ("319570229", "1957-02-29"),  # a day that no calendar has, but the register does
        ("000000000", "0000-00-00"),
        ("400000000", "0000-00-00"),
    ],
)
def test_birth_dates(stated: str, meant: str) -> None:
    assert birth_date(stated) == meant


@pytest.mark.parametrize(
    "stated", ["", "19800217", "3198002170", "619800217", "319801317", "319800232", "3１９８００217", "31980-217"]
)
def test_no_birth_dates(stated: str) -> None:
    with pytest.raises(Shortcoming):
        birth_date(stated)


@given(st.text(max_size=12))
def test_any_birth_date_is_read_or_refused(stated: str) -> None:
    with suppress(Shortcoming):
        assert len(birth_date(stated)) == 10


@pytest.mark.parametrize("holder", [persona.holder() for persona in PERSONAS.values()], ids=list(PERSONAS))
def test_what_the_issuer_writes_is_what_we_read(holder: Holder) -> None:
    stated = holder.attributes()
    who = read(stated.alternative_name(), 7)
    assert (who.name, who.name_substitutions) == substituted(holder.name)
    assert who.birth_date == holder.birth_date
    assert who.sex == holder.sex
    assert (who.name == holder.name) is ("1" not in who.name_substitutions)
