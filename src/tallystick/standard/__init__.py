"""Standard: the framework as data: what may go wrong, what helps, and what is asked for.

Clauses: 5 (nature of the entries), 6.2 (three layers), A (risk analysis), D (attacks), and the list
         of all others, by number and title; the words are ours.
Enters:  the data files of this package.
Leaves:  Catalogue (clauses, threats, countermeasures, requirements, trials, kinds of certificate,
         mappings to public frameworks, families of sources) and its digest, the vocabulary of a
         service and the conditions over it, the entries of public taxonomies that threats cite, the
         clause pages.
Refuses: Misconfigured, naming file and entry, for whatever is unknown, doubled, leads nowhere or
         in a circle, for threats that nothing answers and countermeasures that do nothing.
Proof:   tests/rooms/standard.

Rates, severities, effects and costs are the maintainers' starting beliefs, not statistics: a
provider replaces them by its own records.
"""

from tallystick.standard.catalogue import Catalogue
from tallystick.standard.conditions import Condition, parse_condition
from tallystick.standard.finding import find_references
from tallystick.standard.glossary import GLOSSARY
from tallystick.standard.loading import (
    extend_catalogue,
    load_catalogue,
    read_catalogue,
    trial_register,
)
from tallystick.standard.mappings import (
    Crossing,
    Framework,
    FrameworkMapping,
    Rationale,
    Relationship,
    compose,
    cross,
    reverse,
)
from tallystick.standard.model import (
    Clause,
    Closing,
    Cost,
    Countermeasure,
    Interval,
    Layer,
    Nature,
    Requirement,
    Sets,
    Threat,
)
from tallystick.standard.pages import clause_pages, render_clause_page, render_glossary
from tallystick.standard.positions import COMPONENT_KINDS, OUTSIDE, POSITIONS, ZONES
from tallystick.standard.registers import (
    ASSETS,
    FEE_KINDS,
    OPERATION_KINDS,
    OUTSIDE_CODES,
    PAID_BY,
    PARAMETERS,
    PAYMENT_KINDS,
    PROVIDER,
    SERVER_KINDS,
    TYPOLOGIES,
    CertificateKind,
    Room,
    Trial,
)
from tallystick.standard.sources import SourceFamily, families_of
from tallystick.standard.steps import AttackStep
from tallystick.standard.taxonomy import (
    ATTACK_MOBILE,
    EDITIONS,
    Reference,
    parse_name,
    parse_source,
    taxonomy,
    threats_citing,
    threats_for,
)
from tallystick.standard.vocabulary import VOCABULARY, Attribute, AttributeType, ServiceFacts

__all__ = [
    "Catalogue",
    "extend_catalogue",
    "load_catalogue",
    "read_catalogue",
    "trial_register",
    "Clause",
    "Threat",
    "Countermeasure",
    "Requirement",
    "Trial",
    "CertificateKind",
    "Room",
    "SourceFamily",
    "Framework",
    "FrameworkMapping",
    "Relationship",
    "Rationale",
    "Crossing",
    "compose",
    "reverse",
    "cross",
    "find_references",
    "families_of",
    "Layer",
    "Nature",
    "Interval",
    "Cost",
    "Sets",
    "Closing",
    "AttackStep",
    "COMPONENT_KINDS",
    "OUTSIDE",
    "POSITIONS",
    "ZONES",
    "ASSETS",
    "OPERATION_KINDS",
    "FEE_KINDS",
    "PAYMENT_KINDS",
    "SERVER_KINDS",
    "OUTSIDE_CODES",
    "PAID_BY",
    "PARAMETERS",
    "TYPOLOGIES",
    "PROVIDER",
    "ATTACK_MOBILE",
    "EDITIONS",
    "Reference",
    "parse_name",
    "parse_source",
    "taxonomy",
    "threats_citing",
    "threats_for",
    "VOCABULARY",
    "Attribute",
    "AttributeType",
    "ServiceFacts",
    "Condition",
    "parse_condition",
    "GLOSSARY",
    "clause_pages",
    "render_clause_page",
    "render_glossary",
]
