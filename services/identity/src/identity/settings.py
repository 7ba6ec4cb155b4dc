"""What identity is told by its environment, beside what every service is told."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from madoguchi.service.settings import ServiceSettings


class Settings(ServiceSettings):
    """Names of variables are the fields' names in capitals."""

    crl_refresh_seconds: Annotated[float, Field(gt=0)] = 60.0
    """How often revocation lists are asked for news; asking for what did not change costs next to nothing."""
    crl_patience_seconds: Annotated[float, Field(ge=0)] = 8.0
    """How long fresh evidence is tried again without a revocation list, until a clerk must decide."""
    crl_folder: Path | None = None
    """Keep revocation lists here, so that a restart does not need their server. None: in memory only."""
