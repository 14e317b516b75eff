"""Transport legs and hub stays as ISO 14083 counts them: forms, checks, flags, the chain of elements."""
