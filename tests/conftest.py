"""What all tests share: Hypothesis tries the same examples every time, and a busy machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")
