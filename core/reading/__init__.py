"""Files from elsewhere: surfaces, their textures, and what all readers are bound by."""
