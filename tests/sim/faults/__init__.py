"""Faults, without a world where none is needed."""
