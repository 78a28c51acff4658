"""Start-up: `--version` and `--help` against the interpreter that does nothing."""

from __future__ import annotations

from benchmarks.measure import alternate, clean_environ, compared, installed_tagboat, show, timed

ROUNDS = 31


def main() -> None:
    """Time whole processes."""
    environ = clean_environ()
    with installed_tagboat() as programs:
        words = {
            "bare": [programs / "python", "-c", "pass"],
            "version": [programs / "tagboat", "--version"],
            "help": [programs / "tagboat", "--help"],
            "plan --help": [programs / "tagboat", "plan", "--help"],
        }
        taken = alternate(
            ROUNDS, {name: lambda argv=argv: timed(argv, env=environ).seconds for name, argv in words.items()}
        )
    bare = taken["bare"]
    show(
        "Start-up",
        [
            compared("tagboat --version", taken["version"], bare, "python -c pass", 1.7),
            compared("tagboat --help", taken["help"], bare, "python -c pass", 3),
            compared("tagboat plan --help", taken["plan --help"], bare, "python -c pass"),
        ],
    )


if __name__ == "__main__":
    main()
