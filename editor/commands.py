"""Every change to a document, each undoable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.facial_units import is_sided, twin
from facewright.core.parameters import RANDOM_COMPONENTS, Parameters, random_head
from facewright.core.parts import CODES, PARTS
from facewright.core.sculpt.by_part import with_locked_work
from facewright.editor.change import Change, RandomDraw
from facewright.editor.wording import TITLES, sigmas, spoken

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from facewright.core.basis import Basis
    from facewright.core.parts import CodeName
    from facewright.core.project import EditState, Variant
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.core.sculpt.dabs import Dab
    from facewright.core.surgery.plan import SurgicalPlan
    from facewright.editor.document import Document

SHOWN_COMPONENTS = RANDOM_COMPONENTS
"""Components of a code that have a slider at first; Random draws these, so that the sliders tell the whole change."""


def component_count(document: Document, code: CodeName) -> int:
    """How many components of a code have a slider at first."""
    return min(SHOWN_COMPONENTS, document.model.components[code])


def set_coefficient(document: Document, code: CodeName, index: int, value: float) -> None:
    """Set one coefficient (component `index` from 0, σ); with symmetric editing, both sides alike."""
    after = document.parameters.with_value(code, index, value)
    if document.tools.symmetric:
        after = document.symmetry.slide(document.parameters, code, index, value)
    kind = f"{TITLES[code]} {index + 1}"
    _edit(document, after, f"{kind}: {sigmas(after.value(code, index))}", kind=kind)


def set_parameters(document: Document, parameters: Parameters, text: str, kind: str = "") -> None:
    """Replace the head by another one, but for its locked parts.

    text : names the step; kind : what such changes within one gesture share, where the text tells an amount.
    """
    _edit(document, parameters, text, kind=kind)


def set_plan(document: Document, plan: SurgicalPlan, text: str) -> None:
    """Replace the operations on the head; `text` names the step."""
    _edit(document, document.parameters.with_plan(plan), text)


def set_brush_work(document: Document, dabs: tuple[Dab, ...], text: str, kind: str = "") -> None:
    """Replace what a brush, which leaves locked parts alone itself, did to the head.

    text : names the step; kind : as in `set_parameters`.
    """
    _push(document, document.state.edited(document.parameters.with_dabs(dabs)), text, kind=kind)


def clear_brush_work(document: Document) -> None:
    """Take off what a brush did to the head, but for locked parts."""
    _edit(document, document.parameters.with_dabs(()), "Clear Brush Work")


def reset(document: Document, code: CodeName) -> None:
    """Set one part (or the expression) to the mean of the training heads."""
    _edit(document, document.parameters.with_code(code, ()), f"Reset {TITLES[code]}")


def reset_head(document: Document) -> None:
    """Set everything to the mean of the training heads."""
    _edit(document, Parameters(), "Reset Head")


def randomise(document: Document, codes: Sequence[CodeName], seed: int) -> None:
    """Draw codes as they vary over the training heads, with the tools' strength and that seed."""
    _draw(document, RandomDraw(tuple(codes), seed, document.parameters))


def randomise_head(document: Document, seed: int) -> None:
    """Draw every part of a head; the expression stays."""
    randomise(document, PARTS, seed)


def last_draw(document: Document) -> RandomDraw | None:
    """The random draw that made the head what it is, if nothing was done since."""
    index = document.undo_stack.index()
    change = document.undo_stack.command(index - 1) if index else None
    return change.draw if isinstance(change, Change) else None


def draw_again(document: Document) -> None:
    """Repeat the last draw with the tools' strength and seed, if nothing was done since."""
    if draw := last_draw(document):
        _draw(document, replace(draw, seed=document.tools.seed))


def mirror(document: Document) -> None:
    """Swap left and right of the whole head, its operations and its brush work."""
    _edit(document, document.symmetry.mirrored(document.parameters), "Mirror Head")


def make_symmetric(document: Document, codes: Sequence[CodeName] = CODES) -> None:
    """Take away the asymmetry of codes and of the brush work on their parts, with the nose that of the operations.

    Raises FacewrightError if that needs more dabs than a head can have.
    """
    after = document.symmetry.symmetric(document.parameters, codes)
    _edit(document, after, f"Make {_subject(codes)} Symmetric")


def set_feature(document: Document, basis: Basis, name: str, amount: float) -> None:
    """Set how much of one of a basis' directions the head has, σ; with symmetric editing, both sides alike."""
    before = document.parameters
    if document.tools.symmetric:
        after = document.symmetry.with_strength(before, basis, name, amount)
    else:
        after = basis.with_strength(before, name, amount)
    _edit(document, after, f"{name}: {sigmas(amount)}", kind=name)


def set_expression(document: Document, name: str, strength: float) -> None:
    """Set the strength of a named expression, or of a facial unit; with symmetric editing, of both sides' alike."""
    expressions = document.expressions
    after = expressions.with_strength(document.parameters, name, strength)
    if document.tools.symmetric and is_sided(name) and twin(name) in expressions.facial_units.names:
        after = expressions.with_strength(after, twin(name), strength)
    kind = spoken(name)
    _edit(document, after, f"{kind} {100 * strength:.0f} %", kind=kind)


def take(document: Document, source: Variant, codes: Sequence[CodeName]) -> None:
    """Take codes from another head."""
    after = document.parameters
    for code in codes:
        after = after.with_code(code, source.parameters.code(code))
    _edit(document, after, f"{_subject(codes)} of {source.name}")


def set_lock(document: Document, code: CodeName, locked: bool) -> None:
    """Lock a part, so that nothing but undo changes it, or free it."""
    _push(document, document.state.with_lock(code, locked), f"{'Lock' if locked else 'Unlock'} {TITLES[code]}")


def correct_landmark(document: Document, name: str, place: tuple[float, float, float]) -> None:
    """Put a landmark at a place (x, y, z) on the template, mm: it rides there on every variant."""
    _push(document, document.state.with_landmark(name, place), f"Correct Landmark {name}")


def reset_landmarks(document: Document, names: Collection[str]) -> None:
    """Give landmarks back to the model."""
    after = document.state
    for name in names:
        after = after.with_landmark(name, None)
    _push(document, after, f"Reset Landmark{'s' if len(names) > 1 else ''} {', '.join(names)}")


def branch(document: Document, name: str | None = None, parameters: Parameters | None = None) -> None:
    """Go on in a new variant, by default a copy of the active one."""
    after = document.state.branched(name or document.state.variant.name, parameters)
    _push(document, after, f"New Variant {after.variant.name}")


def adopt_scan(document: Document, fitted: FittedScan) -> None:
    """Go on with the head that was fitted to a scan, in a variant of its own."""
    after = document.state.branched(fitted.name, fitted.fit.parameters, fitted)
    _push(document, after, f"Fit {after.variant.name}")


def activate(document: Document, index: int) -> None:
    """Edit another variant."""
    _push(document, document.state.activated(index), f"Go to {document.state.variants[index].name}")


def rename(document: Document, index: int, name: str) -> None:
    """Give a variant another name; FacewrightError if that is empty or taken."""
    _push(document, document.state.renamed(index, name), f"Rename to {name}")


def move(document: Document, index: int, place: int) -> None:
    """Put a variant at another place in the row."""
    _push(document, document.state.moved(index, place), f"Move {document.state.variants[index].name}")


def delete(document: Document, index: int) -> None:
    """Delete a variant; FacewrightError if it is the only one."""
    _push(document, document.state.without(index), f"Delete {document.state.variants[index].name}")


def blend(document: Document, first: Variant, second: Variant, codes: Sequence[CodeName], weight: float) -> None:
    """Give codes a share (0 to 1) of the second head, in a variant of its own: neither of the two changes.

    It keeps the first head's scan, operations and brush work, whichever variant is active; locked parts are the active
    one's. That is gone on with if it is a blend of the same two already.
    """
    state = document.state
    result = state.blend_of(first, second)
    is_same = result is state.variant.blend
    free = [code for code in codes if code not in state.locked]
    for code in free:
        result = result.with_weight(code, weight)
    if not is_same:
        start = state.with_locked(_with_locked_work(document, first.parameters))
        state = state.branched(f"{first.name} + {second.name}", start, first.scan)
    after = state.blended(result, free if is_same else CODES)
    kind = f"Blend {first.name} and {second.name}"
    _push(document, after, f"{kind}: {_subject(codes)} {100 * weight:.0f} %", kind=kind)


def _draw(document: Document, draw: RandomDraw) -> None:
    """Draw what `random_head` draws from that seed, as the command line does: a part alone is that head's."""
    strength, after = document.tools.strength, draw.base
    head = random_head(document.model.components, draw.seed, strength)
    for code in draw.codes:
        if code in PARTS:
            after = after.with_code(code, head.code(code))
        else:
            rng = np.random.default_rng([draw.seed, CODES.index(code)])
            after = after.with_random(code, component_count(document, code), rng, strength)
    if document.tools.symmetric:
        after = document.symmetry.change(draw.base, after)
    _edit(document, after, f"Random {_subject(draw.codes)} (seed {draw.seed})", draw)


def _subject(codes: Sequence[CodeName]) -> str:
    return TITLES[codes[0]] if len(codes) == 1 else "Head"


def _edit(document: Document, after: Parameters, text: str, draw: RandomDraw | None = None, kind: str = "") -> None:
    """Change the active variant's parameters, but for what is locked."""
    _push(document, document.state.edited(_with_locked_work(document, after)), text, draw, kind)


def _with_locked_work(document: Document, after: Parameters) -> Parameters:
    return with_locked_work(document.model, document.parameters, after, document.state.locked)


def _push(document: Document, after: EditState, text: str, draw: RandomDraw | None = None, kind: str = "") -> None:
    if after != document.state:
        document.undo_stack.push(Change(document, after, text, draw, kind))
