"""What the environment tells request-intake."""

from typing import Annotated

from pydantic import Field

from madoguchi.service.settings import Seconds, ServiceSettings

PerMinute = Annotated[int, Field(ge=1)]


class Settings(ServiceSettings):
    """The shared settings, and intake's own."""

    api_rate_per_minute: PerMinute = 1200
    """Calls of one API key, or of one address without a key."""
    page_rate_per_minute: PerMinute = 600
    """Page views from one address."""
    provider_seconds: Seconds = 20.0
    """After this long without its webhook, the payment provider is asked; then at doubling intervals."""
