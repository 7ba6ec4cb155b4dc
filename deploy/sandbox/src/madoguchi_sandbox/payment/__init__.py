"""A payment provider: checkouts with a hosted page, signed webhooks, refunds, books for an auditor. A sandbox."""
