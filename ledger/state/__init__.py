"""What the log holds now, under one root: a map of keys, lots and passports that proves absence too."""
