"""Files that ship with Facewright: the bundled model, anatomies, icons."""
