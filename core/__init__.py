"""What a head is, the parts-based implicit model of it, and the way from codes to a mesh."""
