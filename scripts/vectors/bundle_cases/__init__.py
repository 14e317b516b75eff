"""Bundles that verify, and one for every way to fail, a file for some of the steps."""
