"""What people write: the project file, agent files, references, and every mistake in them.

Reads files; never writes one, never uses the network.
"""
