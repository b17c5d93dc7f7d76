"""From the document to the screen: what is to be seen, evaluated, painted and shown, always the newest."""
