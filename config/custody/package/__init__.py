"""The package a custody export is: what is in it, how it is encrypted, how it is written and read."""
