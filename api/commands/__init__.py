"""The subcommands of `passport`, one file per task; heavy parts load when they are asked for."""
