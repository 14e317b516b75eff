"""The append-only log: RFC 9162 tree, C2SP tiles and checkpoints."""
