"""The picture of heads on the production topology."""

from __future__ import annotations

import numpy as np

from facewright.editor.production_picture import Arguments, draw


def test_faces_of_one_head_differ(qapp: object) -> None:
    sheet = np.asarray(draw(Arguments(heads=(1,)))).astype(int)
    neutral, *faces = np.split(sheet, 4, axis=1)
    for face in faces:
        assert 0.01 < (np.abs(face - neutral).sum(axis=2) > 15).mean() < 0.6
