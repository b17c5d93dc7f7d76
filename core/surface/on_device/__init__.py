"""The surface of a head on the device that evaluates it: from the codes to the finished arrays nothing leaves it."""
