"""What people get along with a project: its dependencies, their licences and what is known against them."""
