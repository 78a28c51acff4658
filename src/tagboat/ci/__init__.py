"""Release pipelines of CI systems: what is written for them, and what their jobs run."""
