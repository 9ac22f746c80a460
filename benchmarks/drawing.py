"""How long the analysis of a large drawing takes: architecture, scenarios, attack paths.

    python benchmarks/drawing.py [--components 500] [--flows 760]

CPU time of one process, after a first analysis of the example, which reads the catalogue.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tallystick.analyse import analyse_risk, paths_under
from tallystick.describe import load_service
from tallystick.testing.drawings import drawn_service

EXAMPLE = Path(__file__).parents[1] / "examples" / "wallet.toml"


def main() -> None:
    """Analyse a generated service and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=500)
    parser.add_argument("--flows", type=int, default=760)
    asked = parser.parse_args()
    service = load_service(EXAMPLE)
    analyse_risk(service)
    drawn = drawn_service(service, components=asked.components, flows=asked.flows)
    started = time.process_time()
    analysis = analyse_risk(drawn)
    whole = time.process_time() - started
    started = time.process_time()
    paths_under(analysis, {})
    search = time.process_time() - started
    count = len(analysis.architecture.elements) + len(analysis.architecture.flows)
    print(f"{count} elements and flows in {len(analysis.graph.areas.near)} areas")
    print(f"analysis: {whole * 1000:.0f} ms of CPU, of it paths: {search * 1000:.0f} ms")


if __name__ == "__main__":
    main()
