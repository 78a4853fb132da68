"""Chat and presence: accounts, rooms and one true count over WebSocket."""
