"""The indexes of the conformance suite: one module each, found by its name, with a function `make`."""
