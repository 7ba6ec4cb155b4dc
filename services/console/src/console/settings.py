"""What the console is told by its environment, beside what every service is told."""

from typing import Annotated

from pydantic import Field

from console.login.client_auth import Audience, Method
from madoguchi.policy.references import SecretRef
from madoguchi.service.settings import BaseUrl, Seconds, ServiceSettings

Claim = Annotated[str, Field(min_length=1)]
"""The name of a claim."""


class Settings(ServiceSettings):
    """Names of variables are the fields' names in capitals."""

    console_public_url: BaseUrl
    """Where staff reach the console; never the residents' addresses."""
    staff_page_rate_per_minute: Annotated[int, Field(ge=1)] = 600
    """Page views from one address."""
    trace_url: Annotated[str, Field(pattern=r"^https?://\S*\{trace_id\}\S*$")] | None = None
    """Where a trace is looked at, with `{trace_id}` in it. None: the id is shown without a link."""
    oidc_issuer: Annotated[str, Field(pattern=r"^https?://\S+$")]
    """The sign-in service of the staff, exactly as its discovery document says."""
    oidc_discovery_url: BaseUrl | None = None
    """Where its discovery document is read, when that is not below the issuer's address: inside a cluster, say."""
    oidc_client_id: Annotated[str, Field(min_length=1)]
    oidc_client_auth: Method = "private_key_jwt"
    oidc_client_credential: SecretRef
    """Our private key (PEM), or the shared secret; `file:` is below `<SECRETS_DIR>/console`."""
    oidc_assertion_audience: Audience = "issuer"
    oidc_max_age_seconds: Seconds = 36_000.0
    """How long ago somebody may have signed in at the sign-in service."""
    oidc_staff_number_claim: Claim = "staff_number"
    oidc_roles_claim: Claim = "roles"
    oidc_municipality_claim: Claim = "municipality"
    oidc_resident_pseudonym_claim: Claim = "resident_pseudonym"
    session_idle_seconds: Seconds = 1800.0
    """A session ends after so long without a request."""
    session_seconds: Seconds = 36_000.0
    """And after so long in any case."""
