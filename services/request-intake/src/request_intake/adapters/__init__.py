"""Intake's ways out: the payment provider over HTTP."""
