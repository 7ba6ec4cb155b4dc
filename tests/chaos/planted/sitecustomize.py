"""Python reads this when it starts with this folder on PYTHONPATH: how a bug, or a wrong clock, gets into a service."""

import importlib
import os

if _BUG := os.environ.get("PLANTED_BUG"):
    importlib.import_module("planted_bugs").plant(_BUG)
if _SECONDS := os.environ.get("CLOCK_BEHIND_SECONDS"):
    importlib.import_module("wrong_clock").set_back(float(_SECONDS))
