"""References to secrets, as a town's policy names them."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

SecretRef = Annotated[str, StringConstraints(pattern=r"^(file:[\w./-]+|env:[A-Z][A-Z0-9_]*)$")]
"""`file:<path below the secrets folder of the town>` or `env:<NAME>`."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _distinct(references: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(references)) != len(references):
        raise ValueError("the same reference is given twice")
    return references


SecretRefs = Annotated[
    tuple[SecretRef, ...],
    Field(min_length=1),
    AfterValidator(_distinct),
    BeforeValidator(_listed, json_schema_input_type=SecretRef | tuple[SecretRef, ...]),
]
"""One reference, or a list of them while a secret is changed: the first makes what is new, every one is accepted."""
