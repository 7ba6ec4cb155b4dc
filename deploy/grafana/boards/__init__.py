"""The dashboards, as code: `python -m boards` writes `deploy/grafana/dashboards/*.json`. Pure but for that."""
