"""The chain: checkpoints and identities written where the log's operator can't change them."""
