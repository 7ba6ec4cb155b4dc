"""What the console is told by its environment, beside what every service is told."""

from typing import Annotated

from pydantic import Field

from madoguchi.service.settings import BaseUrl, ServiceSettings


class Settings(ServiceSettings):
    """Names of variables are the fields' names in capitals."""

    console_public_url: BaseUrl
    """Where staff reach the console; never the residents' addresses."""
    staff_page_rate_per_minute: Annotated[int, Field(ge=1)] = 600
    """Page views from one address."""
    trace_url: Annotated[str, Field(pattern=r"^https?://\S*\{trace_id\}\S*$")] | None = None
    """Where a trace is looked at, with `{trace_id}` in it. None: the id is shown without a link."""
