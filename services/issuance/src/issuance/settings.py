"""What issuance is told by its environment, beside what every service is told."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from madoguchi.service.settings import ServiceSettings


class Settings(ServiceSettings):
    """Names of variables are the fields' names in capitals."""

    certificate_workers: Annotated[int, Field(ge=1)] | None = None
    """Processes that render certificates. None: as many as there are processors."""
    certificate_font: Path | None = None
    """TrueType or OpenType file, e.g. IPAmj Mincho. None: Noto Serif JP, which comes with the service."""
    verify_per_minute: Annotated[int, Field(ge=1)] = 60
    """How many certificates one caller may check in a minute."""
    download_per_minute: Annotated[int, Field(ge=1)] = 600
    """How many downloads one caller may ask for in a minute; residents share a mobile carrier's address."""
