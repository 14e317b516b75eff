"""Carbon Passport Ledger: E-liability books whose every hand-over anyone can check."""

__version__ = "0.1.0"
