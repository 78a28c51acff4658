"""What a CI job's identity is good for: publishing without a token of one's own, and signing what is published."""
