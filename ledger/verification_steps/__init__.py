"""The verifier's steps, one idea a file; `ledger.verification` puts them in their order."""
