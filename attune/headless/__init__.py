"""The secret half of the protocol, and a client without a screen. Nothing that the server runs imports it."""
