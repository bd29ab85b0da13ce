"""What `init` makes a project of: project file, first agent, schemas, editor settings, CI."""
