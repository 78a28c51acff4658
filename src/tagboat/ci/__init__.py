"""Release pipelines in CI: written, looked over, and what their jobs do."""
