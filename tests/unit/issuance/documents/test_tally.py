"""The press and the seals as operators watch them."""

from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from issuance.adapters.tally import SealGauges, saved, sealing
from issuance.documents.material import SealFault, SealUnusable
from issuance.documents.render import DoesNotFit
from issuance.documents.town_seal import TownSeals
from issuance.documents.tsa import TimeStampUnavailable
from issuance.domain.case import Case, Standing
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder

REQUEST = "req_01jd0000000000000000000000"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TimeStampUnavailable(), "TimeStampUnavailable"), (SealUnusable(SealFault.REVOKED), "SealUnusable:revoked")],
)
def test_what_could_not_be_sealed_is_counted_by_reason(error: Exception, reason: str) -> None:
    before = value("madoguchi_seal_errors_total", municipality="1", reason=reason)
    with pytest.raises(type(error)), sealing("1"):
        raise error
    assert value("madoguchi_seal_errors_total", municipality="1", reason=reason) == before + 1
    assert value("madoguchi_press_waiting") == 0


def test_what_a_clerk_must_look_at_is_no_error_of_the_seal() -> None:
    with pytest.raises(DoesNotFit), sealing("2"):
        raise DoesNotFit
    assert value("madoguchi_seal_errors_total", municipality="2", reason="DoesNotFit") == 0
    assert value("madoguchi_seal_seconds_count", municipality="2") == 1


async def test_the_end_of_each_certificate_is_shown(town: Municipality, secrets_dir: Path, now: datetime) -> None:
    seals = TownSeals({town.code: (town, SecretFolder(secrets_dir, town.code))})
    await SealGauges(seals.at_hand, [town.code], lambda: now).refresh()
    material = seals.at_hand(town.code, now).material
    for use, end in {
        "seal": min(one.not_valid_after_utc for one in material.chain),
        "time_stamp": min(one.not_valid_after_utc for one in material.tsa_chain),
        "seal_revocation_list": min(crl.next_update_utc or now for crl in material.crls),
    }.items():
        shown = value("madoguchi_certificate_expiry_timestamp_seconds", municipality=town.code, use=use)
        assert shown == end.timestamp() > now.timestamp()


async def test_a_seal_that_cannot_be_read_counts_as_ended(town: Municipality, tmp_path: Path, now: datetime) -> None:
    seals = TownSeals({"3": (town, SecretFolder(tmp_path, "3"))})
    labels = {"municipality": "3", "use": "seal"}
    await SealGauges(seals.at_hand, ["3"], lambda: now).refresh()
    assert REGISTRY.get_sample_value("madoguchi_certificate_expiry_timestamp_seconds", labels) == 0


def test_a_case_is_counted_when_it_comes_to_stand_otherwise() -> None:
    case = Case(request_id=REQUEST, municipality="990019")
    issued = case.model_copy(update={"standing": Standing.ISSUED})
    before = value("madoguchi_issuance_standings_total", municipality="990019", standing="issued")
    saved(None, case)
    saved(case, issued)
    saved(issued, issued)
    assert value("madoguchi_issuance_standings_total", municipality="990019", standing="issued") == before + 1
