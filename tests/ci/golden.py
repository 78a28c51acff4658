"""The files of the named variants as they are kept in tests/ci/golden. Write them anew: `python -m tests.ci.golden`.

No file of this repository has the address of an index in it, so the one of TestPyPI is stood in for.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.ci.variants import EVERYTHING, GITLAB, NAMED

from tagboat.index.kinds.pypi import own_place

FOLDER = Path(__file__).with_name("golden")
STAND_IN = "https://testpypi.example.com/legacy/"


def golden(top: Path) -> dict[str, str]:
    """Every file that is kept, by its path below the folder: all of the largest variant, of others what publishes."""
    kept = {}
    for name, variant in {**NAMED, "everything": EVERYTHING}.items():
        for path, text in variant.files(top / name).items():
            if "publish" in path or name in ("everything", "below-the-top"):
                kept[f"{name}/{path.rpartition('/')[2]}"] = text.replace(own_place("testpypi").upload_url, STAND_IN)
    for name in ("gitlab", "gitlab-everything"):
        for path, text in GITLAB[name].files(top / name, "gitlab").items():
            kept[f"{name}/{path.rpartition('/')[2]}"] = text
    return kept


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory() as top:
        for path, text in golden(Path(top)).items():
            file = FOLDER / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


if __name__ == "__main__":
    main()
