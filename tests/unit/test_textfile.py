from __future__ import annotations

import os
import stat

import pytest

from tagboat import textfile

CONTENTS = [
    b"",
    b"one\ntwo\n",
    b"one\r\ntwo\nthree\r",
    "\ufeff# 日本語\r\n".encode(),
    "name = 'Gösta'\n".encode("latin-1"),
    bytes(range(256)),
    "# バージョン\n".encode("shift-jis"),
]


@pytest.mark.parametrize("content", CONTENTS)
def test_what_was_read_is_written_back_byte_for_byte(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    read = textfile.read(path)
    textfile.write(path, read.text, read.encoding)
    assert path.read_bytes() == content


def test_utf_8_is_preferred_and_latin_1_takes_the_rest(tmp_path):
    path = tmp_path / "file"
    path.write_bytes("é".encode())
    assert textfile.read(path) == textfile.Text("é", "utf-8")
    path.write_bytes("é".encode("latin-1"))
    assert textfile.read(path) == textfile.Text("é", "latin-1")


def test_a_file_keeps_its_mode(tmp_path):
    path = tmp_path / "script"
    path.write_text("old")
    path.chmod(0o751)
    textfile.write(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o751)


def test_a_new_file_gets_the_mode_that_the_umask_leaves(tmp_path):
    umask = os.umask(0o027)
    try:
        textfile.write(tmp_path / "new", "text")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_the_folder_of_a_new_file_is_made(tmp_path):
    textfile.write(tmp_path / "docs" / "new.md", "text")
    assert (tmp_path / "docs" / "new.md").read_bytes() == b"text"


def test_a_symbolic_link_stays_and_its_target_changes(tmp_path):
    target = tmp_path / "folder" / "target"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "link"
    link.symlink_to("folder/target")
    textfile.write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_write_that_fails_leaves_the_old_bytes_and_nothing_else(tmp_path):
    folder = tmp_path / "is-a-folder"
    folder.mkdir()
    with pytest.raises(OSError, match="is-a-folder"):
        textfile.write(folder, "text")
    with pytest.raises(UnicodeEncodeError):
        textfile.write(tmp_path / "file", "日本", "latin-1")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("text", "newline"), [("", "\n"), ("a", "\n"), ("a\nb\r\n", "\n"), ("a\r\nb\n", "\r\n"), ("\r\n", "\r\n")]
)
def test_the_line_ending_is_that_of_the_first_line(text, newline):
    assert textfile.newline_of(text) == newline
