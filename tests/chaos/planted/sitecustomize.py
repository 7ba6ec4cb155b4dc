"""Python reads this when it starts with this folder on PYTHONPATH: that is how a bug gets into a service as it is."""

import importlib
import os

if _BUG := os.environ.get("PLANTED_BUG"):
    importlib.import_module("planted_bugs").plant(_BUG)
