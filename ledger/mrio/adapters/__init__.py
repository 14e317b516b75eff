"""Readers of tables as others publish them, each into checked frames."""
