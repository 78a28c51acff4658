"""The project as its files describe it: name, version, packages, and every place where the version is written."""

from tagboat.project.project import CHANGELOG, Project, edits_for, find_changelog, read_project

__all__ = ["CHANGELOG", "Project", "edits_for", "find_changelog", "read_project"]
