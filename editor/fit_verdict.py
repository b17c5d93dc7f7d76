"""What the verdict on a scan's fit means for the measurements of the head that was fitted."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.project import Variant
    from facewright.core.scan.scan_fit import Verdict

_WARNINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        "good": "",
        "check the nose": "Check the nose of {}: it is doubtful that the head follows the scan there. "
        "Look at the residual map before you rely on the nose's values.",
        "partial scan": "Only a part of the face of {} was scanned: the rest is the model's guess. "
        "Rely on no value that reaches beyond the scan; the residual map shows where that is.",
        "bad alignment": "Bad alignment of {}: the head does not follow the scan. Its values are not this person's: "
        "place the scan again, and fit anew.",
    }
)


def warning(head: Variant) -> str:
    """Why the measurements of a head are not to be relied on; empty if it was fitted well, or to no scan."""
    return _WARNINGS[head.scan.fit.verdict].format(f"“{head.name}”") if head.scan else ""


def warnings(before: Variant, after: Variant) -> tuple[str, ...]:
    """The warnings about two heads that are measured against each other, each once, that about `after` first."""
    told = (warning(head) for head in (after, before) if head is after or head.scan is not after.scan)
    return tuple(text for text in told if text)
