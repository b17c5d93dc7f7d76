"""Operations on a face in millimetres and degrees: a list, each of which keeps what it was asked for."""
