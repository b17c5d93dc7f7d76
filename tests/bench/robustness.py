"""How the program bears what is done to it: `python -m tests.bench.robustness --minutes 10 --json FILE`.

First the window refuses small files that would fill the memory, and is watched meanwhile. Then a third of the time each
for: mutated files through every reader; an editor that edits and saves, killed at random moments, and what is found
afterwards compared with what it had committed; a soak of all that a hand can do in the window, one thing in the midst
of another, with the memory it takes, and whether the window agrees with the document, its history and its file.

Counts: `clean` and `refused` are as it should be; `traceback`, `hang`, `over_memory`, `lost` and `wrong` are not, and
the exit status is 1 if any of them is there. Windows need a display, or Xvfb.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import tyro

from tests.bench import robustness_kills, robustness_soak, robustness_window

KINDS = ("clean", "refused", "traceback", "hang", "over_memory", "lost", "wrong")
FAULTS = KINDS[2:]


@dataclass(frozen=True)
class Options:
    """What to try."""

    minutes: float = 10.0
    """How long."""
    seed: int = 0
    json: Path | None = None
    """Where to write the counts."""
    only: tuple[str, ...] = ("window", "files", "kills", "soak")
    """Which of them; the first takes no part of the time."""


def tried(options: Options) -> dict[str, object]:
    """The counts of each, and of all together."""
    share = options.minutes / max(len(set(options.only) - {"window"}), 1)
    facts: dict[str, object] = {"minutes": options.minutes, "seed": options.seed}
    total: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    if "files" in options.only:
        files = import_module("tests.bench.robustness_files")
        facts["files"] = found = files.run(share, options.seed)
        total.update({kind: found.get(kind, 0) for kind in KINDS})
    parts = {"window": robustness_window.run, "kills": robustness_kills.run, "soak": robustness_soak.run}
    for name, run in parts.items():
        if name in options.only:
            counts, details = run(share, options.seed)
            facts[name] = {**counts, **details}
            total.update(counts)
    return {**facts, **total}


def main() -> int:
    """Try, print and write."""
    options = tyro.cli(Options, description=__doc__)
    facts = tried(options)
    text = json.dumps(facts, indent=1)
    print(text)
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return 1 if any(facts[kind] for kind in FAULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
