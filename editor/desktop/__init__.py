"""The program's manners: settings, looks, help, and what it remembers."""
