"""What is to be seen, as one value: worked out from all that a person has chosen, before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facewright.editor.live.scan_surface import StillScan

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.project import EditState, Variant
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.viewport.display_options import DisplayOptions


@dataclass(frozen=True, eq=False)
class DisplayState:
    """What is to be seen.

    parameters : the head to evaluate; name : what it is called; moving : whether a hand moves it; project, active : in
    which project it is which of the variants, so that one head that is edited and two heads are told apart. other :
    the head compared with; compares : whether anything shows that. scan : what is in the head's place, a scan where it
    is being placed, or the patient's own surface; other_scan : the same in the place of the head compared with.
    """

    model: HeadModel
    parameters: Parameters
    name: str
    project: int
    active: int
    display: DisplayOptions
    moving: bool
    other: Variant
    compares: bool
    scan: StillScan | FittedScan | None
    other_scan: FittedScan | None

    @property
    def subject(self) -> tuple[object, ...]:
        """Whose picture it is: what is drawn of another subject must not be taken for this one's."""
        return self.project, self.active, isinstance(self.scan, StillScan)

    @property
    def painted(self) -> tuple[object, ...]:
        """What of the display options is worked out for every surface, and not drawn alone."""
        display = self.display
        return (
            *(display.colouring, display.look, display.landmarks, display.map_range_mm),
            *(self.compares, display.shows_scan),
        )


def shown(
    model: HeadModel,
    state: EditState,
    display: DisplayOptions,
    other: Variant,
    placing: StillScan | None,
    *,
    project: int,
    moving: bool,
) -> DisplayState:
    """What is to be seen of a project.

    other : the head that a person has chosen to compare with; placing : the scan that is being placed, if there is one;
    project : the number of the project; moving : whether a gesture is under way.
    """
    own = state.variant.scan if display.shows_scan else None
    others = other.scan if display.shows_scan and display.needs_other else None
    return DisplayState(
        model=model,
        parameters=state.parameters,
        name=placing.name if placing else state.variant.name,
        project=project,
        active=state.active,
        display=display,
        moving=moving,
        other=other,
        compares=display.needs_other,
        scan=placing or own,
        other_scan=others,
    )
