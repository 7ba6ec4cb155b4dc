"""Running a service: settings from the environment, the clock, health, sweeps, start and drain."""
