"""The steps of a release and of a rollback: one file, one class, the same three methods."""
