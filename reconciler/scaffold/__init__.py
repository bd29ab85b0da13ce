"""The files that `init` creates: project file, first agent, schemas, editor settings, CI."""
