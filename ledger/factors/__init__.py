"""The shipped emission factors, and which of them fills a gap."""
