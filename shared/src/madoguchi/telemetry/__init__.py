"""What operators see: logs, traces, metrics. None of it carries personal data, and that is enforced here."""
