"""Secrets of which there are several generations, while they change. Pure."""

from madoguchi.policy.models import Municipality


def changing(town: Municipality) -> dict[str, int]:
    """The secrets of which there are several generations, and how many."""
    secrets, line = town.secrets, town.line
    lists = {
        "secrets.data_key": secrets.data_key,
        "secrets.index_key": secrets.index_key,
        "secrets.link_key": secrets.link_key,
        "secrets.certificate_key": secrets.certificate_key or (),
        "line.channel_secret": line.channel_secret if line else (),
        "payment.webhook_secret": town.payment.webhook_secret,
    }
    return {name: len(references) for name, references in lists.items() if len(references) > 1}
