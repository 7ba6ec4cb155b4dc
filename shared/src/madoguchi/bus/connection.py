"""How to reach the broker. The only thing that differs between an embedded broker and a managed cluster."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

BROKER_ERRORS: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)
"""What it looks like when the broker does not answer, or answers no."""

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class Connection:
    """Address, credentials where the broker asks for them, and how patient it should be with us."""

    bootstrap_servers: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    session_seconds: float = 45.0
    """After this long without a sign of life a consumer counts as dead, and what it read goes to another."""

    def options(self) -> dict[str, Any]:
        """Keyword arguments for every client. Reads `ca_file` when the connection is encrypted."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            "retry_backoff_ms": 100,
        }
        if self.security_protocol in ("SSL", "SASL_SSL"):
            context: ssl.SSLContext = create_ssl_context(cafile=str(self.ca_file) if self.ca_file else None)
            options["ssl_context"] = context
        if self.security_protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options
