"""Making the anatomy of one's own topology by hand: landmarks are clicked, parts found, corrected and saved."""
