"""The command line: parse, call the API, render. One file per command."""
