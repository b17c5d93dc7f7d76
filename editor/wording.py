"""What the codes are called on screen, and in which order an artist wants them."""

import re
from html import escape
from types import MappingProxyType

from facewright.core.parts import CodeName

PANEL_ORDER: tuple[CodeName, ...] = ("nose", "eyes", "mouth", "remainder", "expression")
"""The parts of the face first, then what carries them, then what moves them."""

TITLES = MappingProxyType(
    {
        "nose": "Nose",
        "eyes": "Eyes",
        "mouth": "Mouth",
        "remainder": "Head Shape",
        "expression": "Expression",
    }
)
"""Title of each code."""

SUBJECTS = MappingProxyType(
    {
        "nose": "the noses",
        "eyes": "the eyes",
        "mouth": "the mouths",
        "remainder": "the head shapes",
        "expression": "the expressions",
    }
)
"""What differs from head to head, within a sentence."""


def counted(number: int, thing: str) -> str:
    """A number of things, such as 1 step or 2,000 steps."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def sigmas(value: float) -> str:
    """A coefficient for people, such as −1.2 σ."""
    return f"{value:.2f}".replace("-", "−").removesuffix("0") + " σ"


def spoken(name: str) -> str:
    """A name as the model has it, in words: "Eyes closed" of eyes_closed, "Brow down, left" of browDown_L."""
    stem, _, side = name.rpartition("_")
    if side not in ("L", "R"):
        stem, side = name, ""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", stem).replace("_", " ").lower()
    return words[:1].upper() + words[1:] + {"L": ", left", "R": ", right", "": ""}[side]


def plain_tip(text: str) -> str:
    """A text from elsewhere as a tool tip: Qt would take what looks like HTML for HTML, and fetch what that names."""
    return f"<qt>{escape(text)}</qt>" if "<" in text or "&" in text else text


def literal(text: str) -> str:
    """A text of the user's as Qt shows it in menus and tabs, where a lone & underlines the next letter."""
    return text.replace("&", "&&")
