"""The ledger's doors: the HTTP API, the pages and the command `passport`."""
