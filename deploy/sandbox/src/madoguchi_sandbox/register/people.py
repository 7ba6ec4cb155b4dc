"""Random households of ordinary people, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from madoguchi_sandbox.register import names
from madoguchi_sandbox.register.schema import CITY, PREFECTURE, Kind, Resident, Sex, Status

THIS_YEAR = 2026
"""The register's year: ages follow from it, so that the town doesn't age with the calendar."""
_VARIANTS = 0.04
_FOREIGN = 0.03
_UNKNOWN_BIRTH = 0.006
_REMOVED = 0.03


@dataclass(frozen=True, slots=True)
class Home:
    """What the members of one household share."""

    number: str
    town: str
    lot: str
    building: str
    since: str
    before: str
    surname: tuple[str, str]
    domicile: str


class Numbers:
    """Hands out 宛名番号 and 世帯番号, upwards from where the personas end."""

    def __init__(self) -> None:
        self._person = 100_000
        self._household = 10_000

    def person(self) -> str:
        """The next 宛名番号 (ten digits)."""
        self._person += 1
        return f"{self._person:010d}"

    def household(self) -> str:
        """The next 世帯番号 (ten digits)."""
        self._household += 1
        return f"{self._household:010d}"


def town(random: Random, at_least: int) -> Iterator[Resident]:
    """Households until there are `at_least` residents."""
    numbers = Numbers()
    made = 0
    while made < at_least:
        members = _foreigner(random, numbers) if random.random() < _FOREIGN else _family(random, numbers)
        if random.random() < _REMOVED:
            members = [_removed(random, member) for member in members]
        made += len(members)
        yield from members


def _home(random: Random, numbers: Numbers) -> Home:
    area = random.choice(names.TOWNS)
    lot = f"{random.randint(1, 40)}番{random.randint(1, 30)}号"
    if not area.endswith("丁目"):
        lot = f"{random.randint(1, 2400)}番地" + random.choice(("", "", f"の{random.randint(1, 9)}"))
    building = f"{random.choice(names.BUILDINGS)}{random.randint(1, 9)}0{random.randint(1, 9)}号室"
    since = day(random, THIS_YEAR - 25, THIS_YEAR - 1)
    surname = random.choice(names.VARIANT_SURNAMES if random.random() < _VARIANTS else names.SURNAMES)
    has_building = random.random() < 0.4
    before = random.choice(names.ELSEWHERE) if random.random() < 0.6 else ""
    domicile = f"{PREFECTURE}{CITY}{random.choice(names.TOWNS)}{random.randint(1, 999)}番地"
    return Home(numbers.household(), area, lot, building if has_building else "", since, before, surname, domicile)


def _family(random: Random, numbers: Numbers) -> list[Resident]:
    home = _home(random, numbers)
    age = random.randint(20, 95)
    sex = Sex.MALE if random.random() < 0.6 else Sex.FEMALE
    head = _member(random, home, numbers, age=age, sex=sex, relationship="世帯主")
    members = [head]
    if random.random() < 0.55:
        other = Sex.FEMALE if sex is Sex.MALE else Sex.MALE
        spouse_age = max(19, age + random.randint(-6, 6))
        members.append(
            _member(
                random, home, numbers, age=spouse_age, sex=other, relationship="妻" if other is Sex.FEMALE else "夫"
            )
        )
    children = random.choice((0, 0, 1, 1, 2, 3)) if age > 24 else 0
    for _ in range(children):
        sex = random.choice((Sex.MALE, Sex.FEMALE))
        members.append(
            _member(random, home, numbers, age=max(0, age - random.randint(22, 38)), sex=sex, relationship="子")
        )
    if children and age > 62 and random.random() < 0.3:
        members.append(
            _member(random, home, numbers, age=age - random.randint(50, 60), sex=Sex.FEMALE, relationship="子の子")
        )
    if 28 < age < 65 and random.random() < 0.1:
        members.append(
            _member(random, home, numbers, age=age + random.randint(20, 32), sex=Sex.FEMALE, relationship="母")
        )
    if len(members) == 1 and random.random() < 0.04:
        members.append(_member(random, home, numbers, age=max(20, age - 3), sex=Sex.FEMALE, relationship="同居人"))
    return [
        replace(m, head=head.name, position=i, family_register_head=m.name if m.relationship == "同居人" else head.name)
        for i, m in enumerate(members, 1)
    ]


def _member(random: Random, home: Home, numbers: Numbers, *, age: int, sex: Sex, relationship: str) -> Resident:
    given, kana = random.choice(names.MEN if sex is Sex.MALE else names.WOMEN)
    surname, surname_kana = random.choice(names.SURNAMES) if relationship == "同居人" else home.surname
    born = THIS_YEAR - 1 - age
    birth, wording = day(random, born, born), ""
    if 1930 <= born < 1989 and random.random() < _UNKNOWN_BIRTH:
        form, wording = random.choice(names.WORDINGS)
        birth, wording = form.format(yy=born % 100), wording.format(era=born - 1925)
    since = max(home.since, birth) if birth[:4] != "0000" else home.since
    return Resident(
        address_number=numbers.person(),
        household_number=home.number,
        position=1,
        kind=Kind.JAPANESE,
        status=Status.CURRENT,
        name=f"{surname}　{given}",
        name_kana=f"{surname_kana}　{kana}",
        sex=sex,
        birth_date=birth,
        birth_wording=wording,
        head="",
        relationship=relationship,
        town=home.town,
        lot=home.lot,
        building=home.building,
        resident_since=since,
        address_since=since,
        notified_on=since,
        previous_address="" if since == birth else home.before,
        domicile=home.domicile,
    )


def _foreigner(random: Random, numbers: Numbers) -> list[Resident]:
    home = replace(_home(random, numbers), surname=("", ""))
    latin, kanji, nationality, sex = random.choice(names.FOREIGN)
    status, period, category = random.choice(names.STATUSES)
    person = _member(
        random,
        home,
        numbers,
        age=random.randint(19, 70),
        sex=Sex.MALE if sex == "M" else Sex.FEMALE,
        relationship="世帯主",
    )
    until = day(random, THIS_YEAR + 1, THIS_YEAR + 4) if period else ""
    common = f"{random.choice(names.SURNAMES)[0]}　{random.choice(names.WOMEN)[0]}" if random.random() < 0.2 else ""
    return [
        replace(
            person,
            kind=Kind.FOREIGN,
            name=latin,
            name_kana="",
            head=latin,
            kanji_name=kanji,
            common_name=common,
            domicile="",
            family_register_head="",
            nationality=nationality,
            residence_category=category,
            residence_status=status,
            residence_period=period,
            residence_until=until,
            residence_card=f"ZZ{random.randint(10_000_000, 99_999_999)}ZZ",
            foreign_resident_since=person.resident_since,
        )
    ]


def _removed(random: Random, resident: Resident) -> Resident:
    """The same person as a 除票."""
    on = day(random, THIS_YEAR - 1, THIS_YEAR - 1)
    if random.random() < 0.4:
        return replace(resident, status=Status.DECEASED, removed_on=on, removed_because="死亡")
    to = random.choice(names.ELSEWHERE)
    return replace(resident, status=Status.MOVED_OUT, removed_on=on, removed_because="転出", moved_to=to)


def day(random: Random, first_year: int, last_year: int) -> str:
    """A day, `YYYY-MM-DD`."""
    return f"{random.randint(first_year, last_year)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
