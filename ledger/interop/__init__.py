"""Other people's formats, one a file, with the version in its name where it has one."""
