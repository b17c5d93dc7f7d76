"""What the curves of a run are called on screen; in its events they keep the names that training gives them."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from facewright.editor.wording import TITLES


class Term(NamedTuple):
    """A loss term, or an error: its plain name, and what it is in the model's own terms."""

    name: str
    meaning: str


HELD_OUT = "held_out"
"""The errors on unseen heads, as the event is called that tells them."""

TERMS = MappingProxyType(
    {
        "stage": Term("Displacement", "Displacement of a stage against the known one (|x| + |y| + |z|)"),
        "gt": Term("Signed distance", "Φ against the true signed distance (Eqn. 8)"),
        "eikonal": Term("Gradient length", "| |∇Φ| − 1 |, the Eikonal constraint (Eqn. 3)"),
        "neutral_eikonal": Term("Gradient length, neutral head", "The Eikonal constraint after ExpNet"),
        "normal": Term("Surface normals", "∇Φ against the surface normal (Eqn. 3)"),
        "deformed_landmarks": Term("Landmarks, deformed", "Landmarks carried to the template's (Eqn. 10)"),
        "generated_landmarks": Term("Landmarks, generated", "Landmarks predicted from the codes (Eqn. 10)"),
        "graft": Term("Window placement", "Graft sites predicted from the remainder's code"),
        "correction": Term("Distance correction", "Size of the correction ε"),
        "neutral_expression": Term("Motion of neutral heads", "ExpNet's squared displacement of neutral heads"),
        "reg": Term("Size of the codes", "Mean squared codes (Eqn. 9)"),
        HELD_OUT: Term("Error on unseen heads (mm)", "Mean distance from true to model surface, validation split"),
    }
)
"""By the part of a curve's name before the slash; after it stands the part of the head."""


def plain_name(curve: str) -> str:
    """A curve's name as a person reads it."""
    term, _, part = curve.partition("/")
    name = TERMS[term].name if term in TERMS else term
    return f"{name}: {TITLES.get(part, part).lower()}" if part else name


def explanation(curve: str) -> str:
    """What a curve is, and its name in the events."""
    term = TERMS.get(curve.partition("/")[0])
    return f"{term.meaning}. In the events: {curve}" if term else curve
