"""The HTTP routes: one file per noun; a route parses, calls one service, returns."""
