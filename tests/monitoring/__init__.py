"""Metrics, alerts and dashboards: held together without a server, and tried against a real Prometheus."""
