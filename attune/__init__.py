"""Self-hosted online therapy: the server, its protocol, and a client without a screen."""
