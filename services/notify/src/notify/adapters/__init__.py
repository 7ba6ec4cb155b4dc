"""The channels notify speaks: LINE and SMTP."""
