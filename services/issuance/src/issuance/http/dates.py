"""Days as pages write them."""

from datetime import datetime

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.rules import day_in_japan


def date_parts(moment: datetime, language: Language) -> dict[str, str]:
    """`year`, `month` and `day` (in Japan) for the text `date`; with leading zeros in English, where it is ISO 8601."""
    day = day_in_japan(moment)
    width = 2 if language is Language.ENGLISH else 1
    return {"year": str(day.year), "month": f"{day.month:0{width}d}", "day": f"{day.day:0{width}d}"}
