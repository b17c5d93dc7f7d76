"""A face that is known by its landmarks alone, about where a person has them, mm."""

import numpy as np

from facewright.core.surgery.frame import SurgicalFrame
from facewright.core.surgery.plan import Operation, SurgicalPlan, point

POINTS = {
    "g": (0, 57, 107), "n": (0, 42, 106), "prn": (0, 3, 130), "sn": (0, -10.5, 115.4), "c'": (0, -5.7, 123.9),
    "al_l": (18, -2.8, 107.5), "al_r": (-18, -2.8, 107.5), "ac_l": (18.2, -7.6, 103.8), "ac_r": (-18.2, -7.6, 103.8),
    "ls": (0, -24.8, 118.4), "sto": (0, -33, 112.6), "li": (0, -43.8, 115.4), "pg": (0, -62.2, 110.1),
    "gn": (0, -75.8, 103.9), "ch_l": (25, -35, 102), "ch_r": (-25, -35, 102), "en_l": (18.5, 32.5, 92.1),
    "en_r": (-18.5, 32.5, 92.1), "ex_l": (44.9, 34.3, 86.5),
}  # fmt: skip
FRAME = SurgicalFrame({name: np.array(point, dtype=np.float64) for name, point in POINTS.items()}, np.eye(3))
PLAN = SurgicalPlan(
    (Operation("dorsum", -3.0),),
    (("dorsum", -3.1),),
    tuple((name, point(place)) for name, place in FRAME.landmarks.items()),
    tuple(point(row) for row in FRAME.axes),
)
