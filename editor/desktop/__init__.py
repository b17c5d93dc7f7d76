"""The program's manners: settings, theme, help, and what it remembers."""
