"""A face in numbers: landmarks, measurements, and the nose that has the one asked for."""
