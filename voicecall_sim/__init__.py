"""The world outside a phone agent, simulated: carriers, the phone network, people, services and the clock."""
