"""Carbon Passport Ledger: E-liability books whose every hand-over anyone can check."""
