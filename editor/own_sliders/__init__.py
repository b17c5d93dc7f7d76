"""Sliders that a person has made: a shape by hand or by pulling, kept with a name and a picture, for any head."""
