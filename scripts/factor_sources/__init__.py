"""One module per source of emission factors: published files in, rows of our own tables out."""
