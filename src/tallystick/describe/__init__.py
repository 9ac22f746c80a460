"""Describe: one service file, written for a person, becomes the `Service` that all else follows.

Clauses: 7.1 (security architecture aspects), vocabulary of ISO 12812-1.
Enters:  a TOML file, and the files with the owner's own entries of the catalogue beside it.
Leaves:  Service (canonical, with digest), its facts in the catalogue's vocabulary, the catalogue
         that it is planned with, a JSON Schema.
Refuses: ServiceFileRefused with everything that is wrong: file, line, key, found, allowed.
Proof:   tests/rooms/describe.
"""

from tallystick.describe.agreed import OFFERED_BY
from tallystick.describe.drawn import Component, Flow
from tallystick.describe.extensions import catalogue_of, catalogue_with
from tallystick.describe.facts import environment_permille, service_facts
from tallystick.describe.file import load_service, read_service
from tallystick.describe.lines import LineIndex
from tallystick.describe.model import Claim, Extension, Service, Tier
from tallystick.describe.places import (
    Place,
    application_id,
    handset_id,
    keys_id,
    module_id,
    service_places,
)
from tallystick.describe.problems import ServiceFileRefused
from tallystick.describe.scaffold import LIKE, scaffold_service
from tallystick.describe.schema import service_json_schema
from tallystick.describe.standing import standing_of

__all__ = [
    "catalogue_of",
    "catalogue_with",
    "environment_permille",
    "load_service",
    "read_service",
    "scaffold_service",
    "service_facts",
    "service_json_schema",
    "service_places",
    "standing_of",
    "application_id",
    "handset_id",
    "keys_id",
    "module_id",
    "LIKE",
    "OFFERED_BY",
    "Claim",
    "Component",
    "Extension",
    "Flow",
    "Place",
    "LineIndex",
    "Service",
    "ServiceFileRefused",
    "Tier",
]
