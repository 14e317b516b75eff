"""A company's own CSV records become drafts: read, checked cell by cell, turned into lines and statements."""
