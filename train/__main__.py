"""python -m train: the commands of `train.command_line`."""

from __future__ import annotations

import sys

from facewright.core.start_up import start


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    return start("facewright.train.command_line")


if __name__ == "__main__":
    sys.exit(main())
