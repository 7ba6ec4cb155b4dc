"""A process whose clock is wrong: it shows an earlier time, and goes on. Stop-watches are right."""

import time

import time_machine


def set_back(seconds: float) -> None:
    """For the rest of this process's life."""
    time_machine.travel(time.time() - seconds, tick=True).start()
