"""The auditor as a process of its own: exit 0 sound, 1 findings, 3 not auditable."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from operations.audit.books import NotAuditable
from operations.audit.report import Report, audit

SOUND, FINDINGS, NOT_AUDITABLE = 0, 1, 3


def main() -> int:
    arguments = _arguments()
    try:
        report = audit(arguments.directory, tell=lambda line: print(line, file=sys.stderr, flush=True))
    except NotAuditable as error:
        print(error, file=sys.stderr)
        return NOT_AUDITABLE
    _print(report, json_to=arguments.json)
    return SOUND if report.sound else FINDINGS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cuntong audit", description="Audits the closed books of a whole network.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE", help="One object on stdout, or into FILE.")
    return parser.parse_args()


def _print(report: Report, *, json_to: str | None) -> None:
    encoded = json.dumps(report.as_dict(), ensure_ascii=False)
    if json_to is None:
        print(report.as_text())
    elif json_to == "-":
        print(encoded)
    else:
        Path(json_to).write_text(encoded + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
