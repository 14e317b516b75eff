"""Tests: a package of its own name, so that nothing installed takes its place."""
