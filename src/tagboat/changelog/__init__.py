"""The changelog, in the form of Keep a Changelog: `notes` makes notes from changes, `file` finds their place."""
