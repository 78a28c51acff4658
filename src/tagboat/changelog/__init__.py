"""The changelog, in the form of Keep a Changelog: notes from changes, and their place in the file."""

from tagboat.changelog.file import Markup, entry_of, markup_of, newest_of, notes_for, unreleased_of, with_entry
from tagboat.changelog.notes import render_notes

__all__ = ["Markup", "entry_of", "markup_of", "newest_of", "notes_for", "render_notes", "unreleased_of", "with_entry"]
