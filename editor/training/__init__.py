"""Training from the menu: what to train, a process that does, a panel that shows it, and the models it gives."""
