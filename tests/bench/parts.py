"""What can be measured, by name."""

from bench.acceptance import acceptance
from bench.figures import Part
from bench.footprint import footprint
from bench.growth import growth
from bench.identity import identity
from bench.issuance import issuance
from bench.whole import whole

ALL: dict[str, Part] = {
    "issuance": issuance,
    "identity": identity,
    "acceptance": acceptance,
    "whole": whole,
    "growth": growth,
    "footprint": footprint,
}
