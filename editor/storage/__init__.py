"""Files: opened, saved, saved by themselves, found again after a crash."""
