"""The second world: the same emulators and people in real time, on loopback ports, with an interface to direct them."""
