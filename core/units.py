"""The facial units of the expression code: the 53 morphs of ICT-FaceKit, after the Facial Action Coding System.

They are the standard facial blendshapes of ARKit, the inner brow and the puffed cheek by side; left and right are the
subject's. A model that has learnt them holds a code for each (`HeadModel.units`), beside its named expressions: those
are presets for a person to choose from, and may be sums of units; sums of units' codes are expressions too.
"""

from __future__ import annotations

_SIDED = (
    *("browDown", "browInnerUp", "browOuterUp", "cheekPuff", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"),
    *("eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress"),
    *("mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer"),
)

_WHOLE = (
    *("jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
)

UNITS: tuple[str, ...] = tuple(sorted([*_WHOLE, *(f"{name}_{side}" for name in _SIDED for side in "LR")]))
"""Names of the units."""
