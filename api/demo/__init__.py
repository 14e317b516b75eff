"""The demonstration: from record files to passports that are verified with the server stopped."""

from api.demo.running import run

__all__ = ["run"]
