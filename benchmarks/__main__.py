"""All benchmarks: a table and a JSON file in ``benchmarks/results/`` for each."""

from __future__ import annotations

import json

from benchmarks import kernels, queries, ranks
from benchmarks.arguments import Arguments

MODULES = (kernels, ranks, queries)


def main() -> None:
    arguments = Arguments.parse(__doc__)
    reports = [module.run(arguments) for module in MODULES]
    for report in reports:
        report.print()
        print(f"Written to {report.write()}\n")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([report.to_json() for report in reports], indent=2) + "\n")


if __name__ == "__main__":
    main()
