"""Release Python projects as one transaction over git, indexes and the people who install."""

__version__ = "0.1.0"
