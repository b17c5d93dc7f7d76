"""What a brush does to a head: small smooth displacements in millimetres, over whatever the codes give."""
