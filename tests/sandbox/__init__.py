"""Tests of the sandbox: real httpx, in process and over a socket."""
