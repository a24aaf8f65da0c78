"""What can be done in and around a room."""
