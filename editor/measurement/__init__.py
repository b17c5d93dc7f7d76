"""Measuring, landmarks by hand, and the nose in millimetres and degrees."""
