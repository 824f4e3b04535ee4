"""The runner, with a small application that is not the SDK."""
