"""A town's file: what is wrong is said with file, key and what is allowed; laws change by dates."""

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from madoguchi.contracts.vocabulary import CertificateKind, Language, ProofMethod
from madoguchi.policy.generations import changing
from madoguchi.policy.load import PolicyError, load_town, load_towns
from madoguchi.policy.models import ReviewedDecision, check_digit
from madoguchi.policy.rules import day_in_japan, lawful_proof, lawful_proofs, online_proofs
from madoguchi.policy.secrets import SecretFolder

FILE = Path(__file__).parents[3] / "deploy/municipalities/990019.yaml"
RIGHT: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
TOWN = load_town(FILE)
KIND = CertificateKind.RESIDENCE_CERTIFICATE


def written(folder: Path, change: Callable[[dict[str, Any]], Any], name: str = "990019") -> Path:
    data = copy.deepcopy(RIGHT)
    change(data)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    return path


def offer(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["certificates"]["residence_certificate"]
    return found


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "unknown key": (lambda d: d.update(colour=1), "colour: unknown key; known here: code, name, prefecture, mayor"),
    "unknown key of a proof": (
        lambda d: offer(d)["proofs"][0].update(since="2016-01-01"),
        "residence_certificate.proofs.0.since: unknown key; known here: method, from, until, assurance, rule",
    ),
    "unknown key of an optional part": (
        lambda d: d["line"].update(token="x"),
        "line.token: unknown key; known here: channel_secret, channel_access_token, api_url",
    ),
    "missing key": (lambda d: d["branding"].pop("phrase"), "branding.phrase: Field required"),
    "unknown method": (
        lambda d: offer(d)["proofs"][0].update(method="magic"),
        "proofs.0.method: Input should be 'jpki_signature', 'photo_and_selfie' or 'counter'",
    ),
    "unknown certificate": (lambda d: d["certificates"].update(x={}), "certificates.x.[key]: Input should be"),
    "wrong check digit": (lambda d: d.update(code="990011"), "code: the check digit of 99001 is 9, not 1"),
    "code without quotes": (lambda d: d.update(code=990019), "code: expected a text, found int; put it in quotes"),
    "a language missing": (lambda d: d["name"].pop("en"), "name has no text in en"),
    "a language missing deep": (
        lambda d: offer(d)["name"].pop("ja-x-easy"),
        "certificates.residence_certificate.name has no text in ja-x-easy",
    ),
    "an empty text": (lambda d: d["name"].update(en=""), "name.en: String should have at least 1 character"),
    "negative fee": (lambda d: offer(d).update(fee=-1), "fee: Input should be greater than or equal to 0"),
    "no forms": (lambda d: offer(d).update(forms=[]), "forms: Tuple should have at least 1 item"),
    "time backwards": (lambda d: d["deadlines"].update(promise="-P1D"), "deadlines.promise: Input should be greater"),
    "until before from": (
        lambda d: offer(d)["proofs"][1].update(until="2019-01-01"),
        "proofs.1: `until` is before `from`",
    ),
    "no other way": (lambda d: d.update(other_ways={}), "other_ways: Dictionary should have at least 1 item"),
    "a decision nobody takes": (
        lambda d: d["review"].update(two_persons=["approve"]),
        "review.two_persons.0: Input should",
    ),
    "a claim for ever": (
        lambda d: d["review"].update(claim_minutes=0),
        "review.claim_minutes: Input should be greater",
    ),
    "a list for what is sent": (
        lambda d: d["line"].update(channel_access_token=["file:a", "file:b"]),
        "line.channel_access_token: expected one text, found a list; only secrets that are accepted may be lists",
    ),
    "no secret": (lambda d: d["secrets"].update(link_key=[]), "secrets.link_key: Tuple should have at least 1 item"),
    "a secret twice": (
        lambda d: d["secrets"].update(link_key=["file:a", "file:a"]),
        "secrets.link_key: the same reference is given twice",
    ),
    "a secret itself": (
        lambda d: d["secrets"].update(link_key=["file:a", "hunter2"]),
        "secrets.link_key.1: String should match pattern",
    ),
    "a sender that is no address": (lambda d: d["email"].update(sender="窓口"), "email.sender: String should match"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_file_and_key(
    change: Callable[[dict[str, Any]], Any], said: str, tmp_path: Path
) -> None:
    path = written(tmp_path, change)
    with pytest.raises(PolicyError) as error:
        load_town(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_secret_in_the_place_of_its_reference_is_not_repeated(tmp_path: Path) -> None:
    path = written(tmp_path, lambda data: data["secrets"].update(data_key="hunter2"))
    with pytest.raises(PolicyError) as error:
        load_town(path)
    assert "secrets.data_key" in str(error.value)
    assert "file:" in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("text", "said"), [("- a", "expected a mapping"), ("a: [", "cannot be read as YAML")])
def test_a_file_that_is_no_policy(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "990019.yaml").write_text(text)
    with pytest.raises(PolicyError, match=said):
        load_town(tmp_path / "990019.yaml")


def test_a_key_given_twice_does_not_win_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "990019.yaml"
    path.write_text(FILE.read_text("utf-8").replace("    fee: 300\n", "    fee: 300\n    fee: 200\n"), "utf-8")
    with pytest.raises(PolicyError, match=r"given twice: certificates\.residence_certificate\.fee"):
        load_town(path)


def test_who_decides_with_whom_is_the_towns_to_say(tmp_path: Path) -> None:
    assert TOWN.review.two_persons == (ReviewedDecision.APPROVE_ISSUANCE,)
    alone = load_town(written(tmp_path, lambda data: data.pop("review")))
    assert (alone.review.two_persons, alone.review.claim_minutes) == ((), 30)


def test_the_file_is_named_after_the_code(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"must be named 990019\.yaml"):
        load_town(written(tmp_path, lambda _data: None, name="mihon"))


def test_no_town_at_all(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no municipality file"):
        load_towns(tmp_path)


def test_a_second_town_is_a_second_file(tmp_path: Path) -> None:
    written(tmp_path, lambda _data: None)

    def other(data: dict[str, Any]) -> None:
        data.update(code="990027", name={"ja": "手本町"}, languages=["ja"])
        del data["line"], data["email"]
        offer(data).update(fee=0, charge="before_review")

    written(tmp_path, other, name="990027")
    towns = load_towns(tmp_path)
    assert list(towns) == ["990019", "990027"]
    assert towns["990027"].line is None
    assert towns["990027"].languages == (Language.JAPANESE,)
    assert towns["990027"].certificates[KIND].fee == 0
    assert towns["990019"].certificates[KIND].fee == 300


# Codes of 札幌市, 千代田区, 横浜市, 大阪市, 那覇市 (総務省 全国地方公共団体コード).
@pytest.mark.parametrize("code", ["011002", "131016", "141003", "271004", "472018"])
def test_check_digits_of_real_codes(code: str) -> None:
    assert check_digit(code[:5]) == code[5]


@pytest.mark.parametrize(
    ("day", "photo"),
    [
        (date(2020, 3, 31), False),
        (date(2020, 4, 1), True),
        (date(2021, 9, 30), True),
        (date(2021, 10, 1), False),
        (date(2026, 11, 24), False),
    ],
)
def test_the_photo_was_lawful_until_the_ordinance_of_2021(day: date, photo: bool) -> None:
    rule = lawful_proof(TOWN, KIND, ProofMethod.PHOTO_AND_SELFIE, day)
    assert (rule is not None) is photo
    assert lawful_proof(TOWN, KIND, ProofMethod.JPKI_SIGNATURE, day) is not None


def test_before_the_card_there_was_the_counter() -> None:
    assert [proof.method for proof in lawful_proofs(TOWN, KIND, date(2015, 12, 31))] == [ProofMethod.COUNTER]
    assert online_proofs(TOWN, KIND, date(2015, 12, 31)) == ()


def test_what_no_code_takes_is_not_offered_online_even_while_it_is_lawful() -> None:
    assert [proof.method for proof in online_proofs(TOWN, KIND, date(2020, 6, 1))] == [ProofMethod.JPKI_SIGNATURE]


def test_a_law_changes_at_midnight_in_japan() -> None:
    before, after = datetime(2021, 9, 30, 14, 59, 59, tzinfo=UTC), datetime(2021, 9, 30, 15, 0, tzinfo=UTC)
    assert day_in_japan(before) == date(2021, 9, 30)
    assert day_in_japan(after) == date(2021, 10, 1)


def test_a_town_that_does_not_offer_it_has_no_proofs_for_it() -> None:
    none = TOWN.model_copy(update={"certificates": {}})
    assert lawful_proofs(none, KIND, date(2026, 11, 24)) == ()


def test_secrets_come_from_files_below_the_towns_folder_or_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "990019").mkdir()
    (tmp_path / "990019" / "token.txt").write_text(" abc\n")
    (tmp_path / "other.txt").write_text("of another town")
    monkeypatch.setenv("TOKEN", "from outside")
    folder = SecretFolder(tmp_path, "990019")
    assert folder.text("file:token.txt") == "abc"
    assert folder.text("env:TOKEN") == "from outside"
    for reference, said in (
        ("file:../other.txt", "expected a file below"),
        ("file:missing", "cannot be read"),
        ("env:NO_SUCH", "has no variable NO_SUCH"),
    ):
        with pytest.raises(PolicyError, match=said):
            folder.read(reference)


def test_a_secret_may_have_several_generations_the_first_of_which_makes(tmp_path: Path) -> None:
    assert TOWN.secrets.link_key == ("file:link-key.bin",)
    assert TOWN.secrets.certificate_keys == TOWN.secrets.link_key
    assert changing(TOWN) == {}
    both = ["file:new.bin", "env:OLD_KEY"]
    town = load_town(written(tmp_path, lambda d: d["secrets"].update(link_key=both, certificate_key="file:c.bin")))
    assert town.secrets.link_key == tuple(both)
    assert town.secrets.certificate_keys == ("file:c.bin",)
    assert changing(town) == {"secrets.link_key": 2}


def test_every_generation_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "990019").mkdir()
    (tmp_path / "990019" / "new.bin").write_bytes(b"new ")
    folder = SecretFolder(tmp_path, "990019")
    monkeypatch.setenv("OLD_KEY", "old")
    assert folder.read_all(["file:new.bin", "env:OLD_KEY"]) == (b"new ", b"old")
    assert folder.texts(["file:new.bin", "env:OLD_KEY"]) == ("new", "old")
    with pytest.raises(PolicyError, match=r"file:gone\.bin"):
        folder.read_all(["file:new.bin", "file:gone.bin"])
