"""Operations on the face: sliders in mm and degrees, and the list of what was asked for."""
