"""An evaluation of figures that are made up."""

import math
from dataclasses import replace

import numpy as np

from facewright.core.parts import LOCAL_PARTS
from facewright.train.evaluation.disentanglement import Leak, Seam
from facewright.train.evaluation.scores import REGIONS, HeadScores, MethodScores, Scores, VisibleScores
from facewright.train.evaluation.tables import MODEL, Evaluation


def method(scores, heads=2):
    seen = VisibleScores(0.9, 0.1, 0.2, 0.95)
    one = HeadScores("anna", "neutral", dict.fromkeys(REGIONS, scores), dict.fromkeys(REGIONS, seen))
    return MethodScores((one,) * heads)


def evaluation(heads=2):
    scores = Scores(*np.linspace(0.1, 0.8, 8).tolist())
    seam = Seam(0.1, 0.1, 0.1, 0.1, 0.3, 0.1) if heads > 1 else Seam(0.1, 0.1, 0.1, math.nan, math.nan, math.nan)
    return Evaluation(
        {"model": "<tiny>", "data": "Heads", "trained_on": "Heads", "heads": heads, "subjects": heads},
        {MODEL: method(scores, heads), "linear PCA": method(scores, heads)},
        {MODEL: dict.fromkeys(LOCAL_PARTS, Leak(0.0, 0.0, 2.0, 1.0))},
        {MODEL: dict.fromkeys(LOCAL_PARTS, seam)},
        {"elsewhere": {MODEL: method(replace(scores, vertex_mean_mm=math.nan), heads)}},
    )
