"""The register (住民記録) of 見本市, a town that does not exist: a SQLite extract of made-up residents.

`write(path)` makes it; `PERSONAS` gives the residents that demos and tests ask for by key.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

from madoguchi_sandbox.register.people import town
from madoguchi_sandbox.register.personas import BLOCKS, PERSONAS, Persona
from madoguchi_sandbox.register.schema import Resident, create, insert

__all__ = ["BLOCKS", "PERSONAS", "Persona", "Resident", "population", "write"]

_RANDOM_RESIDENTS = 2_100
"""Some are 除票: more than 2,000 are left."""


def population(seed: int = 990019) -> list[Resident]:
    """Every entry: the personas, and some 2,100 others that follow from `seed`."""
    made_up = town(Random(seed), _RANDOM_RESIDENTS)  # noqa: S311 (to be repeatable, not to be secret)
    return [*(persona.resident for persona in PERSONAS.values()), *made_up]


def write(path: Path, seed: int = 990019) -> None:
    """Write the extract to `path`, replacing what is there; the same seed gives the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(fresh)) as connection, connection:
        create(connection)
        insert(connection, population(seed), BLOCKS)
    os.replace(fresh, path)
