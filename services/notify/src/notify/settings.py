"""What the environment tells notify: the shared settings, and where mail is handed in."""

from typing import Annotated

from pydantic import Field

from madoguchi.policy.references import SecretRef
from madoguchi.service.settings import ServiceSettings


class Settings(ServiceSettings):
    """Names of variables are the fields' names in capitals."""

    smtp_host: str | None = None
    """The relay (smarthost) for all towns; needed as soon as one town's policy has `email`."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_username: str | None = None
    smtp_password: SecretRef | None = None
    """`file:<path below SECRETS_DIR>` or `env:<NAME>`; never the password itself."""
    smtp_starttls: bool | None = None
    """True: insist on STARTTLS. False: never. Not set: when the relay offers it."""
