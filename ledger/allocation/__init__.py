"""Allocation policies: how a production's emissions are shared over its outputs, one module a version."""
