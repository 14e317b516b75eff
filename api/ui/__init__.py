"""The pages that people read: rendered here, on the server, without a script."""
