"""From CT and MR to the surface of the skin."""
