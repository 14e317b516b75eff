"""Multi-regional input-output tables: read, checked, and asked what a product carries, and why."""
