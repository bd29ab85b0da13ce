"""State in stores that several machines share: real servers on this machine."""
