"""The alerts of a plain Prometheus rule file as a `PrometheusRule` of the Prometheus Operator. Pure."""

from collections.abc import Mapping
from typing import Any


def prometheus_rule(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest; its `groups` are the file's."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "alerts"},
        "spec": {"groups": rules["groups"]},
    }
