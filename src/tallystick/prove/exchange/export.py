"""One door to all documents: a format's name in, files by name out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tallystick.prove.exchange.ciso_assistant import ciso_assistant_library
from tallystick.prove.exchange.cyclonedx import cyclonedx_files
from tallystick.prove.exchange.findings import planning_findings
from tallystick.prove.exchange.material import Material
from tallystick.prove.exchange.oscal import oscal_files
from tallystick.prove.exchange.sarif import sarif_log
from tallystick.prove.exchange.sheets import statement_csv, statement_xlsx


def export_files(material: Material, format_: str, *, text: str = "") -> dict[str, bytes]:
    """The files of one format, by name; the same material gives the same octets.

    Takes:   a key of FORMATS; the text of the service file, to name lines in it.
    Refuses: Misconfigured as the format does.
    """
    return _MAKERS[format_](material, text)


def _sarif(material: Material, text: str) -> dict[str, bytes]:
    return {"findings.sarif": sarif_log(planning_findings(material, text))}


_MAKERS: Mapping[str, Callable[[Material, str], dict[str, bytes]]] = {
    "oscal": lambda material, text: oscal_files(material),
    "sarif": _sarif,
    "cyclonedx": lambda material, text: cyclonedx_files(material),
    "ciso-assistant": lambda material, text: {
        "ciso-assistant.yaml": ciso_assistant_library(material)
    },
    "soa-csv": lambda material, text: {"statement-of-applicability.csv": statement_csv(material)},
    "soa-xlsx": lambda material, text: {
        "statement-of-applicability.xlsx": statement_xlsx(material)
    },
}
FORMATS = tuple(_MAKERS)
