"""A sign-in service for the staff of towns that do not exist: a small OpenID provider, without passwords.

Authorization code flow with PKCE (S256 only), client authentication by signed assertion or secret, RP-initiated logout.
"""

from typing import Final

PATH: Final = "/staff"
"""Where it lies below the sandbox's address; both together are the issuer."""
CLIENT_ID: Final = "madoguchi-console"
CLIENT_KEY: Final = "oidc-client-key.pem"
"""The name of the console's secret in `secrets/console/`."""
